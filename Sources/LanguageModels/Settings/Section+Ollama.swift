import JSON
import ServiceRuntime
import Settings

extension Section {
    /// Ollama's `keep_alive`: seconds, or a duration as Go writes it. Checked here, for Ollama would refuse every single request instead.
    mutating func keepAlive(_ key: String) -> JSONValue? {
        note(key, .null)
        // What fits Ollama's nanoseconds, in a round number: some thirty years.
        let most = 1_000_000_000
        switch value(key) {
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

    /// Ollama's `think`: a truth value, or how hard.
    mutating func think(_ key: String) -> JSONValue? {
        note(key, .null)
        let words = ["low", "medium", "high"]
        var hint = ""
        switch value(key) {
        case nil: return nil
        case .bool(let truth)?: return .bool(truth)
        case .string?:
            guard let text = string(key) else { return nil }
            if words.contains(text) { return .string(text) }
            hint = NearestName.hint(for: text, among: words)
        default: break
        }
        fault(key, "expected true, false, low, medium or high, got \(written(key))\(hint)")
        return nil
    }
}
