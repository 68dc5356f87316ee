import Testing

@testable import NATSPlugin

@Suite("Partition table")
struct PartitionTableTests {
    @Test("moves no more than the share of the one that comes or goes, and gives only those a new epoch")
    func share() {
        var table = PartitionTable(owner: "a", epoch: 1)
        table.assign(to: ["a", "b", "c"], epoch: 2)
        let before = table
        table.assign(to: ["a", "b", "c", "d"], epoch: 3)
        let moved = table.owners.indices.filter { table.owners[$0] != before.owners[$0] }
        #expect(moved.allSatisfy { table.owners[$0] == "d" && table.epochs[$0] == 3 })
        #expect((32...96).contains(moved.count), "a quarter of 256 is 64")
        #expect(table.owners.indices.allSatisfy { moved.contains($0) || table.epochs[$0] == before.epochs[$0] })
        table.assign(to: ["a", "b", "c"], epoch: 4)
        #expect(table.owners == before.owners)
    }

    @Test("is the same whoever computes it, and in whatever order the members come")
    func same() {
        var (one, other) = (PartitionTable(owner: "a", epoch: 1), PartitionTable(owner: "c", epoch: 7))
        one.assign(to: ["a", "b", "c"], epoch: 2)
        other.assign(to: ["c", "a", "b"], epoch: 8)
        #expect(one.owners == other.owners)
        #expect(PartitionTable.key("") == 0xcbf2_9ce4_8422_2325)
        #expect(PartitionTable.key("a") == 0xaf63_dc4c_8601_ec8c, "FNV-1a's own test vector")
    }
}
