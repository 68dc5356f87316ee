/// The headers of a message. Names are case-sensitive, as they are on NATS; values of one name keep their order.
package struct NATSHeaders: Sendable {
    package private(set) var fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    package var isEmpty: Bool { fields.isEmpty }

    /// The first value of that name.
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of that name.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Adds a field.
    package mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    /// Whether a field can be sent: a name of visible ASCII without a colon, a value without line ends.
    ///
    /// An empty value is refused too: cnats 3.4, when it receives one, takes the next line for it.
    package static func isValid(name: String, value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && !value.isEmpty && value.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
    }
}
