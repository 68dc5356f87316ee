internal import Concurrency

/// Which descriptors the kernel watches and which libcurl wants watched. They differ on purpose: a connection that goes
/// back to the cache stays watched, so that its next request costs no system call.
struct WatchTable {
    /// What the kernel has to be told.
    enum Action: Equatable { case nothing, watch, remove }

    private struct Entry {
        /// Made by us, so that we learn when it is closed.
        var isOurs = false
        var watched: PollEvents = []
        var wanted: PollEvents = []
    }

    private var entries: [Entry] = []

    /// A connection's descriptor was made.
    mutating func opened(_ descriptor: Int32) { self[descriptor] = Entry(isOurs: true) }

    /// A connection's descriptor is about to be closed. It is to be removed first: while a child process still has a
    /// copy, the kernel would go on to report it, under a number that may be another's by then.
    mutating func closing(_ descriptor: Int32) -> Action {
        let isWatched = !self[descriptor].watched.isEmpty
        self[descriptor] = Entry()
        return isWatched ? .remove : .nothing
    }

    /// libcurl wants a descriptor watched.
    mutating func want(_ descriptor: Int32, _ interest: PollEvents) -> Action {
        let watched = self[descriptor].watched
        self[descriptor].wanted = interest
        self[descriptor].watched = interest
        return watched == interest ? .nothing : .watch
    }

    /// libcurl wants it no longer.
    mutating func unwant(_ descriptor: Int32) -> Action {
        let entry = self[descriptor]
        self[descriptor].wanted = []
        if entry.watched.isEmpty { return .nothing }
        if entry.isOurs, entry.watched == .readable { return .nothing }
        self[descriptor].watched = []
        return .remove
    }

    /// Something happened on a descriptor. ``Action/remove``: nobody wants to know, and it would happen again.
    mutating func ready(_ descriptor: Int32) -> Action {
        guard self[descriptor].wanted.isEmpty else { return .nothing }
        self[descriptor].watched = []
        return .remove
    }

    private subscript(descriptor: Int32) -> Entry {
        get { Int(descriptor) < entries.count ? entries[Int(descriptor)] : Entry() }
        set {
            while entries.count <= Int(descriptor) { entries.append(Entry()) }
            entries[Int(descriptor)] = newValue
        }
    }
}
