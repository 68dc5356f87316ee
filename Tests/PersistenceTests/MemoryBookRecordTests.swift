import Conversations
import JSON
import Persistence
import ServiceRuntime
import Testing

@Suite("How memories are written down") struct MemoryBookRecordTests {
    private func written(_ book: MemoryBook) -> [UInt8] { JSONWriter.object { book.write(&$0) } }

    private func read(_ text: [UInt8]) throws -> MemoryBook {
        try MemoryBook(record: try #require(JSONValue.parse(text)?.object))
    }

    private func memory(_ id: String, _ text: String, author: String? = "alice") throws -> Memory {
        try #require(
            Memory(
                id: id, text, category: .preference, importance: 4, author: author,
                created: Timestamp(milliseconds: 1_700_000_000_001)))
    }

    @Test func whatIsWrittenIsRead() throws {
        var book = MemoryBook()
        #expect(try read(written(book)) == book)
        for number in 0..<5 {
            let memory = try memory("\(number)", "größe \"\(number)\" 茶", author: number == 2 ? nil : "a \"b\"")
            _ = book.apply(.add(memory, most: 4))
        }
        _ = book.apply(.use(["2", "3"], at: Timestamp(milliseconds: 1_700_000_000_002)))
        let vector = try #require(MemoryVector((0..<100).map { Double($0 - 50) }, model: "ollama/m"))
        _ = book.apply(.place(["3": vector]))
        #expect(book.departed == ["0"])
        #expect(try read(written(book)) == book)
    }

    @Test func theLargestFitsWhereItIsKept() throws {
        var book = MemoryBook()
        let text = String(repeating: "\"", count: 990)
        let vector = try #require(MemoryVector(Array(repeating: 1, count: 4096), model: "m"))
        for number in 0..<200 {
            _ = book.apply(.add(try memory("memory\(number)", "\(number)\(text)", author: text), most: 100))
            _ = book.apply(.place(["memory\(number)": vector]))
        }
        let bytes = written(book)
        #expect(book.memories.count == 100)
        #expect((300 << 10...512 << 10).contains(bytes.count), "\(bytes.count) bytes")
        #expect(try read(bytes) == book)
    }

    @Test func whatIsTooLargeLosesItsVectorsFirstThenTheLessValuableHalf() throws {
        var book = MemoryBook()
        for number in 0..<5 { _ = book.apply(.add(try memory("\(number)", "fact \(number)"), most: 100)) }
        _ = book.apply(.use(["0", "3"], at: Timestamp(milliseconds: 1_700_000_000_002)))
        let vector = try #require(MemoryVector([1, 2], model: "m"))
        _ = book.apply(.place(["1": vector]))
        var left: [[String]] = []
        while book.shrink() {
            left.append(book.memories.map { $0.id + ($0.vector == nil ? "" : " placed") })
            try #require(left.count < 10)
        }
        #expect(left == [["0", "1", "2", "3", "4"], ["0", "3"], ["3"], []])
    }

    @Test func aBackupBringsBackWhatIsNotThereAndWasNotForgotten() throws {
        var backup = MemoryBook()
        for number in 0..<4 { _ = backup.apply(.add(try memory("\(number)", "fact \(number)"), most: 100)) }
        var present = backup
        _ = present.apply(.forget("1", by: .admin))
        _ = present.apply(.forget("2", by: .admin))
        _ = present.apply(.add(try memory("9", "FACT 2"), most: 100))
        _ = present.apply(.use(["3"], at: Timestamp(milliseconds: 1_700_000_000_002)))
        var merged = backup
        merged.merge(present)
        #expect(merged == present)
        // Where nothing is left, all of it comes back.
        merged = backup
        merged.merge(MemoryBook())
        #expect(merged.memories == backup.memories)
        // No more than there may be; and another time it changes nothing more.
        var full = MemoryBook()
        for number in 10..<110 { _ = full.apply(.add(try memory("\(number)", "full \(number)"), most: 100)) }
        merged = backup
        merged.merge(full)
        #expect(merged.memories.count == 100)
        var again = backup
        again.merge(merged)
        #expect(again == merged)
    }

    @Test(arguments: [
        (#"{"memories":{}}"#, "memories: expected a list of memories"),
        (#"{"memories":[{"text":"secret"}]}"#, "memories[0].id: expected a non-empty string"),
        (#"{"memories":[7]}"#, "memories[0].id: expected a non-empty string"),
        (
            #"{"memories":[{"id":"1","text":" ","category":"fact","importance":1}]}"#,
            "memories[0].text: expected a memory"
        ),
        (
            #"{"memories":[{"id":"1","text":"secret","category":"secret","importance":1}]}"#,
            "memories[0].category: expected a memory's category"
        ),
        (
            #"{"memories":[{"id":"1","text":"x","category":"fact","importance":6}]}"#,
            "memories[0].text: expected a memory"
        ),
        (#"{"departed":"secret"}"#, "departed: expected a list of strings"),
    ])
    func whatIsNoMemoryIsNotTakenForOne(text: String, fault: String) throws {
        let error = #expect(throws: RecordFault.self) { try read(Array(text.utf8)) }
        #expect(error?.description == fault)
    }

    @Test(arguments: [
        "7", "null", "{}", #"{"model":"m"}"#, #"{"model":"m","data":"%"}"#, #"{"model":"m","data":""}"#,
        #"{"model":"m","data":"AAAA"}"#, #"{"data":"AQID"}"#,
    ])
    func aVectorThatIsNoneIsLeftOut(vector: String) throws {
        let text = #"{"memories":[{"id":"1","text":"x","category":"fact","importance":1,"vector":\#(vector)}]}"#
        let memory = try #require(try read(Array(text.utf8))["1"])
        #expect(memory.vector == nil)
    }
}
