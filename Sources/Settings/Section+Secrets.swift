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
        guard let text = text ?? content else { return nil }
        if let secret = Secret(key: text) { return secret }
        fault(content == nil ? key : file, Self.noKey)
        return nil
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
        let lines = fileContent(key)?.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) } ?? []
        let keys = lines.compactMap { Secret(key: String($0)) }
        if keys.count < lines.count { fault(key, Self.noKey) }
        return keys
    }

    private mutating func listed(_ item: JSONValue, at place: String) -> Secret? {
        guard let written = item.string else {
            fault(place, expected: "a string", got: item, withheld: true)
            return nil
        }
        guard let text = expand(written, at: place), !text.isEmpty else { return nil }
        let secret = Secret(key: text)
        if secret == nil { fault(place, Self.noKey) }
        return secret
    }

    /// Returns what is wrong with a key that cannot be used.
    private static let noKey = "expected a key without spaces and line breaks, got another text"

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
    /// A key for a header, without the white space around it; nil where white space or a control character is in it.
    package init?(key text: String) {
        let key = text.trimmed
        let isBlank = { (scalar: Unicode.Scalar) in
            scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0x7F
        }
        guard !key.isEmpty, !key.unicodeScalars.contains(where: isBlank) else { return nil }
        self.init(key)
    }
}
