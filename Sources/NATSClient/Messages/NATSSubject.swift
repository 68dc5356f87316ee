/// What may stand where on NATS.
package enum NATSSubject {
    /// The most bytes of a subject that we subscribe to, or that somebody wants an answer on.
    package static let maxBytes = 256
    /// The most bytes of a subject that we publish on: a server takes a line of 4096.
    package static let maxPublishedBytes = 1024

    /// Whether somebody may want an answer on it: dot-separated parts, none empty, without spaces, control characters and
    /// wildcards.
    package static func isValid(_ subject: String) -> Bool { isValid(subject, maxBytes) }

    /// Whether one can publish on it: as ``isValid(_:)``, and longer, for keys and other subjects are made part of some.
    package static func isPublishable(_ subject: String) -> Bool { isValid(subject, maxPublishedBytes) }

    private static func isValid(_ subject: String, _ maxBytes: Int) -> Bool {
        var length = 0
        var previous = dot
        for byte in subject.utf8 {
            length += 1
            if byte <= 0x20 || byte == 0x7F || byte == star || byte == greater { return false }
            if byte == dot, previous == dot { return false }
            previous = byte
        }
        return previous != dot && length <= maxBytes
    }

    /// Whether one can subscribe to it: as ``isValid(_:)``, but a part may be `*`, and the last one `>`.
    package static func isValidPattern(_ pattern: String) -> Bool {
        guard pattern.utf8.count <= maxBytes else { return false }
        let parts = pattern.utf8.split(separator: dot, omittingEmptySubsequences: false)
        for (position, part) in parts.enumerated() {
            if part.isEmpty || part.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { return false }
            if part.contains(star), part.count > 1 { return false }
            if part.contains(greater), part.count > 1 || position < parts.count - 1 { return false }
        }
        return true
    }

    /// Whether a queue group can be called so.
    package static func isValidQueueGroup(_ name: String) -> Bool { isValid(name) }

    /// A subject that nobody else has: 22 characters by chance (130 bits) after the prefix.
    package static func newInbox(prefix: String) -> String {
        var random = SystemRandomNumberGenerator()
        var name = prefix + "."
        for _ in 0..<22 { name.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)]) }
        return name
    }

    private static let dot = UInt8(ascii: ".")
    private static let star = UInt8(ascii: "*")
    private static let greater = UInt8(ascii: ">")
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}
