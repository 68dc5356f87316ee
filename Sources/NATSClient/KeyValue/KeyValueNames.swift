/// The names of a bucket on NATS, as all clients agree on them (ADR-8 of the NATS architecture).
struct KeyValueNames: Sendable {
    let bucket: String

    /// - Throws: ``NATSError/Code/invalidKey``.
    init(bucket: String) throws(NATSError) {
        let isValid = { (byte: UInt8) in
            Self.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard !bucket.isEmpty, bucket.utf8.count <= 128, bucket.utf8.allSatisfy(isValid) else {
            throw NATSError(.invalidKey, "not a name for a key-value bucket: \"\(bucket.prefix(80))\"")
        }
        self.bucket = bucket
    }

    /// The stream that keeps the bucket.
    var stream: String { "KV_" + bucket }

    /// What stands before the key in a subject.
    var prefix: String { "$KV.\(bucket)." }

    /// All keys' subjects.
    var pattern: String { prefix + ">" }

    /// The subject of a key: `[-/_=.a-zA-Z0-9]+`, without empty parts between the dots;
    /// with the prefix at most ``NATSSubject/maxPublishedBytes``.
    /// - Throws: ``NATSError/Code/invalidKey``.
    func subject(_ key: String) throws(NATSError) -> String {
        let subject = prefix + key
        guard !key.isEmpty, key.utf8.allSatisfy(Self.isAllowedInKey), NATSSubject.isPublishable(subject) else {
            throw NATSError(.invalidKey, "not a key of a key-value bucket: \"\(key.prefix(80))\"")
        }
        return subject
    }

    /// The key of a subject; nil if it is none of this bucket's.
    func key(_ subject: String) -> String? {
        subject.hasPrefix(prefix) ? String(subject.utf8.dropFirst(prefix.utf8.count)) : nil
    }

    private static func isAllowedInKey(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-/_=.".utf8.contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
