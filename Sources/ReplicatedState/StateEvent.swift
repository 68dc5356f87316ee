/// What an operator is to know of the bucket.
package enum StateEvent: Sendable {
    /// It is there: what was said lives on, and what could not be written meanwhile is being written.
    case available(bucket: String)
    /// It is not, for now: the service goes on from memory, and writes later.
    case unavailable(reason: String)
    /// A write took longer than anybody waits: answers go out before it is made, until one is quicker.
    case slow
    /// There is no JetStream: the service runs from memory. It is tried again.
    case memoryOnly(reason: String)
    /// A record is left alone, because it is not one of this program.
    case foreign(key: String, reason: String)
    /// A document cannot be written, and lives in memory only.
    case unwritable(key: String, reason: String)
    /// So many documents left memory before they could be written: there was no room for more.
    case lost(count: Int)
}
