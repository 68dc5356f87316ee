import FoundationEssentials
import JSON
import ServiceRuntime

extension Section {
    /// A string that stands in the file, with the environment put in.
    struct Entry {
        /// Its place in this section: `servers[0]`.
        var place: String
        /// What it says.
        var text: String
        /// What is written in the file, for a fault.
        var written: JSONValue
    }

    /// A string.
    /// - Parameter withheld: it may be a secret.
    mutating func string(_ key: String, withheld: Bool = false) -> String? {
        reader.string(key, withheld: withheld).flatMap { expand($0, at: key) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A string that must be there and hold more than white space.
    mutating func requiredString(_ key: String) -> String? {
        reader.requiredString(key).flatMap { expand($0, at: key) }
    }

    /// A list of strings, or one string for a list of one.
    mutating func entries(_ key: String) -> [Entry]? {
        if isString(key) { return string(key).map { [Entry(place: key, text: $0, written: fields[key] ?? .null)] } }
        guard let strings = reader.strings(key) else { return nil }
        let entries = strings.enumerated().compactMap { index, written in
            let place = "\(key)[\(index)]"
            return expand(written, at: place).map { Entry(place: place, text: $0, written: .string(written)) }
        }
        return entries.count == strings.count ? entries : nil
    }

    /// A list of strings with more than white space in them, or one such string.
    mutating func words(_ key: String) -> [String]? {
        guard let entries = entries(key) else { return nil }
        for entry in entries where entry.text.allSatisfy(\.isWhitespace) {
            reader.fault(entry.place, expected: "a non-empty string", got: entry.written)
        }
        return entries.map(\.text)
    }

    /// One of the words of `Value`.
    mutating func choice<Value>(_ key: String) -> Value?
    where Value: RawRepresentable<String> & CaseIterable {
        guard let text = string(key) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let hint = NearestName.hint(for: text, among: Value.allCases.map(\.rawValue))
        fault(key, "expected \(Self.alternatives(Value.self)), got \(fields[key]?.brief ?? "nothing")\(hint)")
        return nil
    }

    /// `text, json or xml`.
    static func alternatives<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> String {
        let words = Value.allCases.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }

    /// A name that must be one of `names`.
    /// - Parameter kind: what it names, for the fault.
    mutating func name(_ key: String, _ kind: String, among names: [String]) -> String? {
        guard let name = string(key) else { return nil }
        if names.contains(name) { return name }
        fault(key, "unknown \(kind) \(fields[key]?.brief ?? "")\(NearestName.hint(for: name, among: names))")
        return nil
    }

    /// An address with `http` or `https`.
    mutating func webAddress(_ key: String) -> String? {
        guard let text = string(key) else { return nil }
        do throws(AddressFault) { return try WebAddress.parse(text) } catch {
            fault(key, error.text(got: fields[key] ?? .null))
            return nil
        }
    }

    /// Puts the environment in for every `${NAME}`.
    mutating func expand(_ text: String, at place: String) -> String? {
        do throws(Environment.Missing) { return try environment.expand(text) } catch {
            fault(place, "the environment has no \(error.name)")
            return nil
        }
    }
}
