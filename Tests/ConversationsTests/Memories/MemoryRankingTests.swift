import CoreTestSupport
import ServiceRuntime
import Testing

@testable import Conversations

@Suite("What is found of memories") struct MemoryRankingTests {
    private func found(
        _ query: String, _ memories: [Memory], vector: MemoryVector? = nil, limit: Int = 10
    ) -> [Memory.ID] {
        MemoryRanking(query, vector: vector, now: moment(60)).best(limit, of: memories).map(\.id)
    }

    static let facts: [(id: String, text: String)] = [
        ("tea", "Alice likes green tea"), ("cat", "Bob's cat is called Turing"), ("may", "Bob's birthday is in May"),
        ("cafe", "The best café is the Größe in Łódź"), ("jp", "太郎は緑茶が好き"), ("the", "The Who is a band"),
        ("x", "Carol plays chess on Mondays; chess is what she likes, and chess books"),
    ]

    @Test(
        "has words in common with what is looked for",
        arguments: [
            ("tea", ["tea"]), ("TEAS?", ["tea"]), ("what is bob's cat's name", ["cat", "may"]),
            ("Which birthdays do you know?", ["may"]), ("a nice CAFE", ["cafe"]), ("grosse lodz", ["cafe"]),
            ("緑茶", ["jp"]), ("chess", ["x"]), ("coffee", []), ("what is the time of it", []), ("", []), ("?!", []),
            ("who is the one", []), ("turing", ["cat"]), ("te", []),
        ])
    func words(query: String, ids: [String]) throws {
        let memories = try Self.facts.map { try memory($0.id, $0.text) }
        #expect(found(query, memories) == ids)
    }

    @Test("is first what has the rarer words, and more of them")
    func rarity() throws {
        let memories = try [
            memory("1", "Bob likes football"), memory("2", "Bob likes tennis"), memory("3", "Bob lives in Oslo"),
            memory("4", "Alice plays tennis"),
        ]
        #expect(found("Does Bob play tennis?", memories).prefix(2) == ["4", "2"])
        #expect(found("Bob in Oslo", memories).first == "3")
        let lengths = try [
            memory("1", "tea, and coffee, milk, water, wine, juice"), memory("2", "tea"), memory("3", "x"),
        ]
        #expect(found("tea", lengths) == ["2", "1"])
        #expect(found("bob", memories, limit: 2).count == 2)
        #expect(found("bob", memories, limit: 0) == [])
    }

    @Test("is first what is more important, of later use, or of more use, where the words are the same")
    func weight() throws {
        func order(_ left: (inout Memory) -> Void, _ right: (inout Memory) -> Void) throws -> [Memory.ID] {
            var (one, two) = (try memory("1", "tea"), try memory("2", "tea"))
            left(&one)
            right(&two)
            return found("tea", [one, two])
        }
        #expect(try order({ $0.importance = 1 }, { $0.importance = 2 }) == ["2", "1"])
        #expect(try order({ $0.importance = 5 }, { $0.importance = 2 }) == ["1", "2"])
        #expect(try order({ $0.lastUsed = moment(1) }, { $0.lastUsed = moment(50) }) == ["2", "1"])
        #expect(try order({ $0.uses = 3 }, { $0.uses = 2 }) == ["1", "2"])
        // What cannot be told apart is in the order of the ids.
        #expect(try order({ _ in }, { _ in }) == ["1", "2"])
    }

    @Test("is the same in whatever order the memories are")
    func deterministic() throws {
        var memories = try (0..<50).map { try memory("\($0)", "tea number \($0 % 7) of \($0 % 3)", minute: $0 % 5) }
        let expected = found("tea number 3 of 2", memories, limit: 20)
        #expect(expected.count == 20)
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20 {
            memories.shuffle(using: &generator)
            #expect(found("tea number 3 of 2", memories, limit: 20) == expected)
        }
    }

    @Test("is what lies near, also without a word in common; not what lies far, or with another model")
    func vectors() throws {
        func placed(_ id: String, _ text: String, _ numbers: [Double], _ model: String = "m") throws -> Memory {
            var memory = try memory(id, text)
            let vector = try #require(MemoryVector(numbers, model: model))
            memory.vector = vector
            return memory
        }
        let memories = try [
            placed("near", "Alice likes Darjeeling", [1, 0.1]), placed("nearer", "Bob likes Assam", [1, 0]),
            placed("far", "Bob has a cat", [0, 1]), placed("half", "Bob has a dog", [0.5, 0.9]),
            placed("other", "Bob has a horse", [1, 0], "n"), memory("none", "Carol likes a hot drink"),
        ]
        let vector = try #require(MemoryVector([2, 0], model: "m"))
        #expect(found("beverage", memories, vector: vector) == ["nearer", "near"])
        #expect(found("a hot drink", memories, vector: vector).contains("none"))
        #expect(found("beverage", memories) == [])
    }

    @Test("is found among the largest memories there are in no time")
    func speed() throws {
        let text = String(repeating: "größe words ", count: 70)
        let memories = try (0..<100).map { try memory("\($0)", "\($0) \(text)") }
        let query = (0..<100_000).map { "w\($0)" }.joined(separator: " ")
        let clock = ContinuousClock()
        #expect(clock.measure { _ = found(query, memories) } < .seconds(5))
    }
}
