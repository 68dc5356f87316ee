import Observability
import Testing

@Suite("Instruments by what they are of")
struct MetricsTableTests {
    private struct Key: Hashable, Sendable {
        var provider: String
        var model: String
    }

    private func table(_ limit: Int) -> MetricsTable<Key, Counter> {
        MetricsTable(limit: limit) {
            Key(provider: $0.provider, model: "other")
        } make: { _ in
            Counter()
        }
    }

    @Test("are the same for the same, and beyond the limit one for all of a kind")
    func bounded() {
        let table = table(3)
        for number in 0..<1000 { table[Key(provider: "p", model: "m\(number)")].add() }
        table[Key(provider: "q", model: "m")].add()
        table[Key(provider: "p", model: "m1")].add()
        let found = table.all.map { "\($0.key.provider) \($0.key.model) \($0.instrument.value)" }
        #expect(found == ["p m0 1", "p m1 2", "p m2 1", "p other 997", "q other 1"])
    }

    @Test("are made for what is only looked up no more than for the rest")
    func known() {
        let table = table(10)
        table[Key(provider: "p", model: "m")].add()
        table.known(Key(provider: "p", model: "m")).add()
        for number in 0..<100 { table.known(Key(provider: "p", model: "x\(number)")).add() }
        #expect(table.all.map { "\($0.key.model) \($0.instrument.value)" } == ["m 2", "other 100"])
    }

    @Test("are one, whoever asks first")
    func concurrent() async {
        let table = table(50)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for number in 0..<1000 { table[Key(provider: "p", model: "m\(number % 60)")].add() } }
            }
        }
        #expect(table.all.count == 51)
        #expect(table.all.reduce(0) { $0 + $1.instrument.value } == 8000)
    }
}
