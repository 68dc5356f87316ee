public import ServiceRuntime

/// A step of a channel's memory.
public enum MemoryChange: Sendable {
    /// Adds one. Where the same is said already, that one stays, as if it had been of use, and is as important as the more
    /// important of the two. Where there are more than `most` then, the least important leaves, of these the least used, of
    /// these the one unused longest; the new one stays.
    case add(Memory, most: Int)
    /// Forgets one, if that is the asker's to do.
    case forget(Memory.ID, by: MemoryAsker)
    /// They were of use.
    case use([Memory.ID], at: Timestamp)
    /// Where some of them lie. Those that are not there any more are nobody's business.
    case place([Memory.ID: MemoryVector])
    /// The channel is in use: what it remembers is to be kept on, though nothing of it changed.
    case keep(at: Timestamp)
}

/// The user who wants a fact removed.
public enum MemoryAsker: Sendable, Equatable {
    /// Somebody who may have anything forgotten.
    case admin
    /// Somebody of that name, or without one: may have forgotten what is their own.
    case user(String?)
}

/// What a step of a channel's memory led to.
public enum MemoryOutcome: Sendable, Equatable {
    /// This is remembered now.
    case added(Memory)
    /// This was remembered already.
    case refreshed(Memory)
    /// This is no longer remembered.
    case forgotten(Memory)
    /// It is another's: of that name, where there is one.
    case refused(author: String?)
    /// There is none of that id.
    case unknown
    /// What was to be noted is noted.
    case noted
}
