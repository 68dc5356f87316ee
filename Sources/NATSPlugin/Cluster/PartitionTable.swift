/// Which member owns which channels: channels are hashed onto partitions, and partitions onto members by rendezvous hashing,
/// so that a member that comes or goes moves no more than its own share. A pure value.
struct PartitionTable: Sendable {
    static let count = 256

    /// The owner of each partition, by its id.
    private(set) var owners: [String]
    /// When each partition got its owner: a number that is never used again. Who works on a channel reads its documents anew
    /// where this is another one than the last time.
    private(set) var epochs: [UInt64]

    /// Creates a table in which one member owns all partitions.
    init(owner: String, epoch: UInt64) {
        owners = Array(repeating: owner, count: Self.count)
        epochs = Array(repeating: epoch, count: Self.count)
    }

    /// Returns the key of a channel, from which everybody computes the same partition (FNV-1a of its UTF-8).
    static func key(_ channel: String) -> UInt64 {
        channel.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    static func partition(of key: UInt64) -> Int { Int(mixed(key) % UInt64(count)) }

    /// Returns the owner of a channel, and since when.
    func owner(of key: UInt64) -> (member: String, epoch: UInt64) {
        let partition = Self.partition(of: key)
        return (owners[partition], epochs[partition])
    }

    /// Gives the partitions to members anew. Those that keep their owner keep their epoch.
    ///
    /// - Parameter members: not empty.
    mutating func assign(to members: some Sequence<String>, epoch: UInt64) {
        let keys = members.map { (id: $0, key: Self.key($0)) }
        for partition in owners.indices {
            let best = keys.max { first, second in
                let weights = (Self.weight(first.key, partition), Self.weight(second.key, partition))
                return weights.0 == weights.1 ? first.id < second.id : weights.0 < weights.1
            }
            guard let best, best.id != owners[partition] else { continue }
            (owners[partition], epochs[partition]) = (best.id, epoch)
        }
    }

    private static func weight(_ member: UInt64, _ partition: Int) -> UInt64 {
        mixed(member ^ mixed(UInt64(partition) &+ 1))
    }

    /// The finaliser of SplitMix64: close numbers become far ones.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9e37_79b9_7f4a_7c15
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
