import Testing

@testable import Conversations

@Suite("What a channel remembers") struct MemoryBookTests {
    @Test("is what was added, in that order")
    func add() throws {
        var book = MemoryBook()
        let (one, two) = (try memory("1", "one"), try memory("2", "two"))
        #expect(book.step(.add(one, most: 100)) == .added(one))
        #expect(book.step(.add(two, most: 100)) == .added(two))
        #expect(book.memories == [one, two])
        #expect(book["2"] == two)
        #expect(book["3"] == nil)
    }

    @Test("is remembered once, whoever says it again and however")
    func again() throws {
        var book = MemoryBook.with([try memory("1", "Alice likes TEA", importance: 2), try memory("2", "other")])
        let again = try memory("3", " alice  likes\ntea", importance: 4, author: "bob", minute: 7)
        guard case .refreshed(let kept) = book.step(.add(again, most: 100)) else { throw Unexpected() }
        #expect((kept.id, kept.text, kept.author) == ("1", "Alice likes TEA", "alice"))
        #expect((kept.importance, kept.lastUsed, kept.uses) == (4, moment(7), 0))
        #expect(book.ids == ["1", "2"])
        // It does not become less important, nor older.
        let lesser = try memory("4", "ALICE LIKES TEA", importance: 1, minute: 3)
        #expect(!book.apply(.add(lesser, most: 100)).isChange)
        #expect(book["1"]?.importance == 4)
        #expect(book["1"]?.lastUsed == moment(7))
    }

    @Test("makes room: the least important leaves, of these the least used, of these the one unused longest")
    func room() throws {
        var book = MemoryBook.with([
            try memory("i2", "a", importance: 2, minute: 1), try memory("u1", "b", minute: 2),
            try memory("new", "c", minute: 9), try memory("old", "d", minute: 3),
        ])
        _ = book.step(.use(["u1"], at: moment(4)))
        var left: [Memory.ID] = []
        for number in 0..<4 {
            let before = book.ids
            let next = try memory("n\(number)", "more \(number)", importance: 5, minute: 10)
            #expect(book.step(.add(next, most: 4)) == .added(next))
            left += before.filter { !book.ids.contains($0) }
        }
        #expect(left == ["old", "new", "u1", "i2"])
        #expect(book.ids == ["n0", "n1", "n2", "n3"])
    }

    @Test("has the new one in it, however unimportant it is; and fewer where fewer are allowed")
    func newcomer() throws {
        var book = MemoryBook.with(try (0..<5).map { try memory("\($0)", "fact \($0)", importance: 5, minute: $0) })
        let small = try memory("s", "small", minute: 9)
        #expect(book.step(.add(small, most: 3)) == .added(small))
        #expect(book.ids == ["3", "4", "s"])
    }

    @Test("is at most so much")
    func bound() throws {
        var book = MemoryBook()
        for number in 0..<150 {
            _ = book.step(.add(try memory("\(number)", "fact \(number)", minute: number), most: 100))
        }
        #expect(book.memories.count == 100)
        #expect(book.ids.first == "50")
        #expect(book.departed.count == 50)
    }

    @Test(
        "is forgotten by its author and by admins",
        arguments: [
            (.user("alice"), true), (.user("bob"), false), (.user("Alice"), false), (.user(nil), false), (.admin, true),
        ] as [(MemoryAsker, Bool)])
    func forget(asker: MemoryAsker, may: Bool) throws {
        let one = try memory("1", "x")
        var book = MemoryBook.with([one])
        #expect(book.step(.forget("1", by: asker)) == (may ? .forgotten(one) : .refused(author: "alice")))
        #expect(book.memories.isEmpty == may)
        #expect(book.step(.forget("2", by: asker)) == .unknown)
    }

    @Test("is nobody's but the admins' where nobody is named")
    func nobodys() throws {
        var book = MemoryBook.with([try memory("1", "x", author: nil)])
        #expect(book.step(.forget("1", by: .user(nil))) == .refused(author: nil))
        #expect(book.step(.forget("1", by: .user("alice"))) == .refused(author: nil))
        guard case .forgotten = book.step(.forget("1", by: .admin)) else { throw Unexpected() }
    }

    @Test("knows what was of use, and when")
    func use() throws {
        var book = MemoryBook.with([try memory("1", "x"), try memory("2", "y")])
        #expect(book.step(.use(["2", "gone"], at: moment(5))) == .noted)
        _ = book.step(.use(["2"], at: moment(6)))
        #expect(book["1"]?.uses == 0 && book["1"]?.lastUsed == nil)
        #expect(book["2"]?.uses == 2 && book["2"]?.lastUsed == moment(6))
    }

    @Test("does not change by a step that is made again")
    func idempotent() throws {
        let vector = try #require(MemoryVector([1, 2], model: "m"))
        let steps: [MemoryChange] = [
            .add(try memory("3", "three"), most: 2), .add(try memory("4", " ONE", importance: 3, minute: 5), most: 2),
            .forget("1", by: .admin), .use(["2"], at: moment(3)), .place(["2": vector]),
        ]
        for step in steps {
            var book = MemoryBook.with([try memory("1", "one"), try memory("2", "two", importance: 2)])
            #expect(book.apply(step).isChange, "\(step)")
            let once = book
            #expect(!book.apply(step).isChange, "\(step)")
            #expect(book == once, "\(step)")
        }
    }

    @Test("does not bring back what left, when the step that added it is made again")
    func departed() throws {
        let one = try memory("1", "x")
        var book = MemoryBook.with([one])
        _ = book.step(.forget("1", by: .admin))
        #expect(!book.apply(.add(one, most: 100)).isChange)
        #expect(book.memories.isEmpty)
        // Nor what had to make room.
        book = MemoryBook.with([one])
        _ = book.step(.add(try numbered(2), most: 1))
        #expect(!book.apply(.add(one, most: 1)).isChange)
        // Said again by somebody, it is a memory of its own.
        guard case .added = book.step(.add(try memory("9", "x"), most: 2)) else { throw Unexpected() }
        // Not for ever: so many ids are known.
        for number in 0..<100 { _ = book.step(.add(try numbered(number), most: 1)) }
        #expect(book.departed.count == 64)
    }

    @Test("stays small enough to be written down: vectors leave, those of the least used first")
    func vectors() throws {
        let text = String(repeating: "\"", count: 990)
        var book = MemoryBook.with(try (10..<110).map { try memory("\($0)", "\($0)\(text)") })
        #expect(book.writtenBytes < MemoryBook.maxWrittenBytes)
        _ = book.step(.use(["42", "17"], at: moment(1)))
        let vector = try #require(MemoryVector(Array(repeating: 1, count: 4096), model: "m"))
        _ = book.step(.place(Dictionary(uniqueKeysWithValues: book.ids.map { ($0, vector) })))
        #expect(book.writtenBytes <= MemoryBook.maxWrittenBytes)
        let placed = book.memories.filter { $0.vector != nil }.map(\.id)
        #expect(placed.contains("42") && placed.contains("17"))
        #expect((20..<100).contains(placed.count))
        #expect(book.memories.count == 100)
        #expect(book.bytes < 512 << 10)
    }
}

/// What a step led to is not what it was to lead to.
struct Unexpected: Error {}

/// A memory of that number.
private func numbered(_ number: Int) throws -> Memory { try memory("n\(number)", "number \(number)", minute: number) }
