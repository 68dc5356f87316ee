package import JSON
import ServiceRuntime

extension Section {
    /// A string that stands in the file, with the environment put in.
    package struct Entry {
        /// Its place in this section: `servers[0]`.
        package var place: String
        /// What it says.
        package var text: String
        /// What is written in the file, for a fault.
        package var written: JSONValue
    }

    /// Returns the string at a key; nil if it is absent or wrong.
    /// - Parameter withheld: it may be a secret.
    package mutating func string(_ key: String, withheld: Bool = false) -> String? {
        reader.string(key, withheld: withheld).flatMap { expand($0, at: key) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A string, or none.
    package mutating func string(_ key: String, _ value: inout String?) {
        value = string(key) ?? value
        note(key, value.map { .string($0) } ?? .null)
    }

    /// A string.
    /// - Parameters:
    ///   - expected: what it is to be, for the fault.
    ///   - isValid: whether it is.
    package mutating func string(
        _ key: String, _ value: inout String, expected: String = "a string",
        where isValid: (String) -> Bool = { _ in true }
    ) {
        if let text = string(key) {
            if isValid(text) { value = text } else { fault(key, expected: expected) }
        }
        note(key, .string(value))
    }

    /// A string that must be there and hold more than white space.
    package mutating func requiredString(_ key: String) -> String? {
        reader.requiredString(key).flatMap { expand($0, at: key) }
    }

    /// A list of strings, or one string for a list of one.
    package mutating func entries(_ key: String) -> [Entry]? {
        if isString(key) { return string(key).map { [Entry(place: key, text: $0, written: fields[key] ?? .null)] } }
        guard let strings = reader.strings(key) else { return nil }
        let entries = strings.enumerated().compactMap { index, written in
            let place = "\(key)[\(index)]"
            return expand(written, at: place).map { Entry(place: place, text: $0, written: .string(written)) }
        }
        return entries.count == strings.count ? entries : nil
    }

    /// A list of strings with more than white space in them, or one such string.
    package mutating func words(_ key: String, _ value: inout [String]) {
        if let entries = entries(key) {
            for entry in entries where entry.text.allSatisfy(\.isWhitespace) {
                fault(entry.place, expected: "a non-empty string", got: entry.written)
            }
            value = entries.map(\.text)
        }
        note(key, .array(value.map { .string($0) }))
    }

    /// A set of strings with more than white space in them, written as a list or as one such string.
    package mutating func words(_ key: String, _ value: inout Set<String>) {
        var words = value.sorted()
        self.words(key, &words)
        value = Set(words)
    }

    /// A name that must be one of `names`.
    /// - Parameter kind: what it names, for the fault.
    package mutating func name(_ key: String, _ value: inout String, _ kind: String, among names: [String]) {
        if let name = string(key) {
            if names.contains(name) {
                value = name
            } else {
                fault(key, "unknown \(kind) \(written(key))\(NearestName.hint(for: name, among: names))")
            }
        }
        note(key, .string(value))
    }

    /// Puts the environment in for every `${NAME}`.
    mutating func expand(_ text: String, at place: String) -> String? {
        do throws(Environment.Missing) { return try environment.expand(text) } catch {
            fault(place, "the environment has no \(error.name)")
            return nil
        }
    }
}
