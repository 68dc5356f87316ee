/// What a bucket needs to know of the documents that are kept in it, whatever they are.
protocol Replicating: AnyObject, Sendable {
    /// Somebody else changed the document of that name, or deleted it.
    func forget(_ name: String)
    /// Writes what is not written yet; or so many documents of it, by chance.
    func writeAll(atMost count: Int?)
    /// Nobody is to wait for a write any longer.
    func stopWaiting()
    /// Nobody is to wait any longer for the change of this number.
    func stopWaiting(_ number: UInt64)
    /// Where they are kept.
    var bucket: StateBucket { get }
    /// What their keys begin with.
    var prefix: String { get }
    /// The documents in memory, their bytes, and those of them that are to be written.
    var load: (count: Int, bytes: Int, dirty: Int) { get }
}
