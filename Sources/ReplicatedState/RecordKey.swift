import NATSClient

/// How names, which may hold anything, are written as keys of a key-value bucket, and read again.
///
/// One or more letters say what kind of document it is, and after a dot comes the name's ``NATSToken``: `c.lobby`,
/// `c.=23chan`. There is one key for each name, and one name for each key.
package enum RecordKey {
    /// The key of a name.
    package static func encode(_ name: String, prefix: String) -> String {
        NATSToken.encode(name, after: prefix + ".")
    }

    /// The name that a key is of; nil where it is of another kind, or none of ours.
    package static func decode(_ key: String, prefix: String) -> String? {
        guard key.hasPrefix(prefix + ".") else { return nil }
        return NATSToken.decode(key.dropFirst(prefix.count + 1))
    }
}
