import FoundationEssentials
import JSON
package import ServiceRuntime

extension Section {
    /// A secret of any characters.
    package mutating func secret(_ key: String) -> Secret? {
        note(key, .null)
        return string(key, withheld: true).map { Secret($0) }
    }

    /// A key that goes into a header: from `key` itself, or from the file that `file` names.
    package mutating func key(_ key: String, file: String) -> Secret? {
        note(key, .null)
        let text = string(key, withheld: true)
        let content = fileContent(file)
        if text != nil, has(file) { fault(file, "there is \(key) already: one of the two is enough") }
        if let text { return checked(text, at: key, environment.origin(of: fields[key]?.string)) }
        return content.flatMap { checked($0, at: file, " (in \(self.path(file)))") }
    }

    /// A list of keys that go into headers, or one such key. An empty one says nothing, like everywhere. No fault shows
    /// what stands there: not even a number, for a key may have been written without its quotes.
    package mutating func keys(_ key: String) -> [Secret] {
        note(key, .array([]))
        guard let value = reader.value(key) else { return [] }
        if isString(key) { return listed(value, at: key).map { [$0] } ?? [] }
        guard case .array(let items) = value else {
            fault(key, expected: "a list of keys", withheld: true)
            return []
        }
        return items.enumerated().compactMap { index, item in listed(item, at: "\(key)[\(index)]") }
    }

    /// The keys in the file that `key` names, one a line.
    package mutating func keysOfFile(_ key: String) -> [Secret] {
        let lines = fileContent(key)?.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) ?? []
        return lines.enumerated().compactMap { index, line in
            if line.allSatisfy(\.isWhitespace) { return nil }
            return checked(String(line), at: key, " (in line \(index + 1) of \(path(key)))")
        }
    }

    private mutating func listed(_ item: JSONValue, at place: String) -> Secret? {
        guard let written = item.string else {
            fault(place, expected: "a string", got: item, withheld: true)
            return nil
        }
        guard let text = expand(written, at: place), !text.isEmpty else { return nil }
        return checked(text, at: place, environment.origin(of: written))
    }

    /// - Parameter origin: where the text comes from, if not from this very place.
    private mutating func checked(_ text: String, at place: String, _ origin: String) -> Secret? {
        do throws(KeyFault) { return try Secret(key: text) } catch {
            fault(place, error.text + origin)
            return nil
        }
    }

    /// The path at `key`, as it is written.
    private func path(_ key: String) -> String { fields[key]?.string ?? "" }

    private mutating func fileContent(_ key: String) -> String? {
        guard let path = file(key) else { return nil }
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let text = String(validating: bytes, as: UTF8.self), !text.allSatisfy(\.isWhitespace)
        else {
            fault(key, expected: "a file with a key in it")
            return nil
        }
        return text
    }

    /// The path of a file that can be read.
    package mutating func file(_ key: String) -> String? {
        note(key, .null)
        guard let path = string(key) else { return nil }
        var isDirectory = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if exists, !isDirectory, FileManager.default.isReadableFile(atPath: path) { return path }
        let problem = exists ? (isDirectory ? "that is a directory" : "it may not be read") : "there is none"
        fault(key, "expected a readable file, got \(written(key)): \(problem)")
        return nil
    }
}

extension Secret {
    /// Creates a key for a header, without the white space around it.
    package init(key text: String) throws(KeyFault) {
        let key = text.trimmed
        if let fault = KeyFault(key) { throw fault }
        self.init(key)
    }
}

/// Why a text is no key: a header has room for visible ASCII alone, and what cannot be seen gets into a key unnoticed, where
/// it was copied from a page or saved by an editor.
package struct KeyFault: Error {
    /// What is wrong, without the key.
    package let text: String

    /// Nil where nothing is wrong.
    fileprivate init?(_ key: String) {
        let scalars = key.unicodeScalars
        if scalars.isEmpty || scalars.contains(where: \.properties.isWhitespace) {
            text = "expected a key without spaces and line breaks, got another text"
            return
        }
        guard let index = scalars.firstIndex(where: { !(0x21...0x7E).contains($0.value) }) else { return nil }
        let digits = String(scalars[index].value, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let place = index == scalars.startIndex ? "one that begins with \(name)" : "one with \(name) in it"
        text = "expected a key of visible ASCII characters, got \(place), which no header can have"
    }
}
