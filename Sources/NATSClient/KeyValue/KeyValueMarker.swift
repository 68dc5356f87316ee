internal import FoundationEssentials

/// A message that says that a key has been deleted, and is kept in its place.
enum KeyValueMarker {
    /// The header whose values say so.
    static let header = "KV-Operation"
    /// Deleted; earlier revisions may be kept.
    static let delete = "DEL"
    /// Deleted with all earlier revisions.
    static let purge = "PURGE"

    static func isMarker(_ operation: some StringProtocol) -> Bool { operation == delete || operation == purge }

    /// Whether a header block as it went over the wire is a marker's.
    static func isMarker(headers: Data) -> Bool {
        String(decoding: headers, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 && parts[0] == header && isMarker(parts[1].drop { $0 == " " })
        }
    }
}
