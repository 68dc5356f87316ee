/// What a bucket needs to know of the documents that are kept in it, whatever they are.
protocol Replicating: AnyObject, Sendable {
    /// Somebody else changed the document of that name, or deleted it.
    func forget(_ name: String)
    /// Writes what is not written yet; or so many documents of it, by chance.
    func writeAll(atMost count: Int?)
    /// Nobody is to wait for a write any longer.
    func stopWaiting()
    /// How many documents are not written yet.
    var dirtyCount: Int { get }
    /// What their keys begin with.
    var prefix: String { get }
    /// The documents in memory, their bytes, and those of them that are to be written.
    var load: (count: Int, bytes: Int, dirty: Int) { get }
}
