/// The process's environment, as the configuration sees it.
package struct Environment: Sendable {
    /// A variable that a string asks for and that is not there.
    struct Missing: Error {
        var name: Substring
    }

    private let values: [String: String]

    /// - Parameter values: the variables.
    package init(_ values: [String: String]) { self.values = values }

    /// A variable; nil where it is not there or says nothing.
    package subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// The text with every `${NAME}` replaced; `$${` stands for `${` itself.
    func expand(_ text: String) throws(Missing) -> String {
        guard text.contains("${") else { return text }
        var expanded = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            expanded += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                expanded += "${"
                rest = rest.dropFirst(3)
            } else if let name = Self.name(at: rest) {
                guard let value = values[String(name)] else { throw Missing(name: name) }
                expanded += value
                rest = rest[name.endIndex...].dropFirst()
            } else {
                expanded.append("$")
                rest = rest.dropFirst()
            }
        }
        return expanded + rest
    }

    /// Says for a fault which variables a text's value comes from: ` (from the environment's NAME)`; empty for none.
    func origin(of text: String?) -> String {
        var names: [String] = []
        var rest = (text ?? "")[...]
        while let dollar = rest.firstIndex(of: "$") {
            rest = rest[dollar...]
            if !rest.hasPrefix("$${"), let name = Self.name(at: rest) { names.append(String(name)) }
            rest = rest.dropFirst(rest.hasPrefix("$${") ? 3 : 1)
        }
        return names.isEmpty ? "" : " (from the environment's \(names.joined(separator: ", ")))"
    }

    /// The name in a `${NAME}` that `text` begins with.
    private static func name(at text: Substring) -> Substring? {
        guard text.hasPrefix("${"), let end = text.firstIndex(of: "}") else { return nil }
        let name = text[..<end].dropFirst(2)
        let isName = name.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return name.isEmpty || !isName ? nil : name
    }
}
