import JSON
import ServiceRuntime

extension Configuration.Provider {
    /// Takes over what only Ollama knows.
    mutating func readOllama(_ section: inout Section) {
        numCtx = section.integer("num_ctx", in: 1...10_000_000)
        keepAlive = section.keepAlive("keep_alive")
        think = section.think("think")
    }
}

extension Section {
    /// Seconds or a duration as Go writes it. Checked here, for Ollama would refuse every single request instead.
    fileprivate mutating func keepAlive(_ key: String) -> JSONValue? {
        // What fits Ollama's nanoseconds, in a round number: some thirty years.
        let most = 1_000_000_000
        switch reader.value(key) {
        case nil: return nil
        case .integer(let seconds)? where seconds == -1 || (0...most).contains(seconds): return .integer(seconds)
        case .number(let seconds)? where (0...Double(most)).contains(seconds): return .number(seconds)
        case .string?:
            guard let text = string(key) else { return nil }
            if Self.isDuration(text) { return .string(text) }
        default: break
        }
        fault(key, expected: "a duration such as \"5m\", or seconds, -1 for ever")
        return nil
    }

    /// Whether `text` is one of Go's durations: `5m`, `1h30m`, `-1s`, `0`.
    private static func isDuration(_ text: String) -> Bool {
        var rest = text.hasPrefix("-") ? text.dropFirst() : text[...]
        if rest == "0" { return true }
        repeat {
            let number = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
            let unit = rest[number.endIndex...].prefix(while: \.isLetter)
            guard Double(number) != nil, ["ns", "us", "ms", "s", "m", "h"].contains(unit) else { return false }
            rest = rest[unit.endIndex...]
        } while !rest.isEmpty
        return true
    }

    /// A truth value, or how hard.
    fileprivate mutating func think(_ key: String) -> JSONValue? {
        let words = ["low", "medium", "high"]
        var hint = ""
        switch reader.value(key) {
        case nil: return nil
        case .bool(let truth)?: return .bool(truth)
        case .string?:
            guard let text = string(key) else { return nil }
            if words.contains(text) { return .string(text) }
            hint = NearestName.hint(for: text, among: words)
        default: break
        }
        fault(key, "expected true, false, low, medium or high, got \(fields[key]?.brief ?? "nothing")\(hint)")
        return nil
    }
}
