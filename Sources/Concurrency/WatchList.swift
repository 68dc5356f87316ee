/// Which descriptors an event loop watches, for whom and for what: a pure state machine.
///
/// Each watch has a mark that the kernel reports. It holds a number besides the descriptor, so that an event that was
/// reported before its descriptor was closed does not reach the next owner of the same descriptor.
struct WatchList {
    /// What the kernel has to be told.
    enum Action: Equatable { case nothing, add(mark: UInt64), modify(mark: UInt64), remove }

    private struct Watch {
        var owner: Int
        var interest: PollEvents
        var number: UInt32
    }

    private var watches: [Watch?] = []
    private var last: UInt32 = 0

    init() {}

    /// Watches a descriptor for an owner, or changes for what.
    mutating func watch(_ descriptor: Int32, _ interest: PollEvents, owner: Int) -> Action {
        while watches.count <= Int(descriptor) { watches.append(nil) }
        if let watch = watches[Int(descriptor)], watch.owner == owner {
            if watch.interest == interest { return .nothing }
            watches[Int(descriptor)]?.interest = interest
            return .modify(mark: Self.mark(descriptor, watch.number))
        }
        last &+= 1
        watches[Int(descriptor)] = Watch(owner: owner, interest: interest, number: last)
        return .add(mark: Self.mark(descriptor, last))
    }

    /// Watches a descriptor no longer.
    mutating func unwatch(_ descriptor: Int32) -> Action {
        guard Int(descriptor) < watches.count, watches[Int(descriptor)] != nil else { return .nothing }
        watches[Int(descriptor)] = nil
        return .remove
    }

    /// Returns the descriptor and the owner of an event; nil if it is watched no longer.
    func owner(of mark: UInt64) -> (descriptor: Int32, owner: Int)? {
        let descriptor = Int32(truncatingIfNeeded: mark & 0xFFFF_FFFF)
        guard watches.indices.contains(Int(descriptor)), let watch = watches[Int(descriptor)],
            Self.mark(descriptor, watch.number) == mark
        else { return nil }
        return (descriptor, watch.owner)
    }

    private static func mark(_ descriptor: Int32, _ number: UInt32) -> UInt64 {
        // The top bit stays free: the mark with all bits set is the loop's own.
        UInt64(number & 0x7FFF_FFFF) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }
}
