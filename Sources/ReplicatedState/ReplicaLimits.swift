/// How much of a kind of documents is in memory, and how long is waited for a write.
package struct ReplicaLimits: Sendable {
    /// The most documents.
    package var documents: Int
    /// The most bytes of all of them, roughly.
    package var bytes: Int
    /// The most changes of one document that wait to be written; the oldest leave first.
    package var pendingChanges = 1000
    /// How long somebody waits for a change to be stored.
    package var patience: Duration = .milliseconds(500)
    /// How long a change that nobody waits for may stay unwritten.
    package var noteDelay: Duration = .seconds(1)
    /// How long what was read is taken for the latest, of documents that several instances change; nil: of a document
    /// that is one instance's alone, until it is forgotten.
    package var trust: Duration?

    /// Limits.
    package init(documents: Int = 10_000, bytes: Int = 32 << 20, trust: Duration? = nil) {
        self.documents = documents
        self.bytes = bytes
        self.trust = trust
    }
}
