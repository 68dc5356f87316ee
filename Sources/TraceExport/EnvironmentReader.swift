import ServiceRuntime

/// Reads OpenTelemetry's environment variables, and notes what is wrong with them: then they count as unset.
///
/// As the OpenTelemetry specification has it: `configuration/sdk-environment-variables.md`. An empty variable is none.
struct EnvironmentReader {
    private let environment: [String: String]
    /// One sentence each; never a value, which may be a key.
    private(set) var warnings: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    /// A text, without white space around it.
    func text(_ name: String) -> String? {
        guard let value = environment[name]?.trimmed, !value.isEmpty else { return nil }
        return value
    }

    /// The first of these that is set.
    func first(_ names: String...) -> String? { names.first { text($0) != nil } }

    /// Whether it says `true`.
    mutating func flag(_ name: String) -> Bool {
        switch text(name)?.lowercased() {
        case "true": return true
        case "false", nil: return false
        default:
            warn(name, "expected true or false; taken for false")
            return false
        }
    }

    /// A whole number.
    mutating func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            warn(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound); ignored")
            return nil
        }
        return number
    }

    /// A length of time in milliseconds.
    mutating func milliseconds(_ name: String, from least: Int = 0) -> Duration? {
        number(name, in: least...Int(Int32.max)).map { .milliseconds($0) }
    }

    /// A time limit in milliseconds; 0 stands for none.
    mutating func limit(_ name: String) -> Duration? {
        milliseconds(name).map { $0 == .zero ? .milliseconds(Int(Int32.max)) : $0 }
    }

    /// `name=value,name=value`, the values percent-encoded, as W3C Baggage has it. One that is wrong spoils the others.
    mutating func pairs(_ name: String, isValid: (String, String) -> Bool) -> [(name: String, value: String)] {
        guard let text = text(name) else { return [] }
        var pairs: [(name: String, value: String)] = []
        for member in text.split(separator: ",") where !member.allSatisfy(\.isWhitespace) {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = parts[1].trimmed.percentDecoded,
                isValid(parts[0].trimmed, value), pairs.count < 64
            else {
                warn(name, "expected name=value,name=value; ignored")
                return []
            }
            pairs.append((parts[0].trimmed, value))
        }
        return pairs
    }

    /// Notes what is wrong with a variable.
    mutating func warn(_ name: String, _ text: String) { warnings.append("\(name): \(text)") }
}

extension String {
    /// With `%41` as `A`; nil where a percent sign begins nothing, or the bytes are no UTF-8.
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let number = Self.hexadecimal(rest.prefix(2)) else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(number)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ digits: Substring.UTF8View) -> UInt8? {
        digits.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }
            ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
    }
}
