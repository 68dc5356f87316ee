/// The name of a key-value bucket, and the settings with which it is created if it does not exist.
package struct NATSKeyValueOptions: Sendable, Equatable {
    /// Where the server keeps it.
    package enum Storage: String, Sendable { case file, memory }

    /// Letters, digits, `-` and `_`.
    package var bucket: String
    /// Revisions kept of each key, 1 to 100 000; of a bucket that is there, it is raised to that. (The `nats` tool makes
    /// buckets of at most 64, and reads those of more.)
    package var history: Int = 1
    /// Whether a bucket that is there is changed at all.
    package var changesPresent = true
    /// After this time without a write a key is gone; nil: never.
    package var timeToLive: Duration?
    /// The size of the whole, beyond which writes fail; nil: as much as the server has.
    package var maxBytes: Int?
    /// Servers of a cluster that keep it, 1 to 5.
    package var replicas: Int = 1
    /// Where the server keeps it, if it has to be made.
    package var storage: Storage = .file
    /// For a whole call, unless the call says otherwise.
    package var timeout: Duration = .seconds(2)

    /// - Parameter bucket: the bucket's name.
    package init(bucket: String) { self.bucket = bucket }
}
