/// What a bucket needs to know of the documents that are kept in it, whatever they are.
protocol Replicating: AnyObject, Sendable {
    /// Somebody wrote that key, or deleted it.
    func heard(of key: String, revision: UInt64)
    /// Writes what is not written yet, of so many documents.
    func writeAll(atMost count: Int)
    /// Nobody is to wait for a write any longer.
    func stopWaiting()
    /// Whether something is not written yet.
    var isDirty: Bool { get }
}
