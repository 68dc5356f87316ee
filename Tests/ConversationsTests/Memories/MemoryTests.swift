import Conversations
import Testing

@Suite("A memory") struct MemoryTests {
    @Test(
        "is one line, and hides nothing",
        arguments: [
            ("Alice likes tea", "Alice likes tea"), ("  Alice \t likes\r\n\n tea ", "Alice likes tea"),
            ("a\u{2028}b\u{2029}c\u{85}d\u{3000}e\u{A0}f", "a b c d e f"), ("a\u{0}\u{7}\u{1B}[31mb", "a[31mb"),
            ("x\u{202E}y\u{200B}z\u{FEFF}\u{E0041}", "xyz"), ("👩‍👩‍👧‍👦 🏴", "👩‍👩‍👧‍👦 🏴"), ("größe 茶 é", "größe 茶 é"),
        ])
    func line(text: String, line: String) throws { #expect(try memory("1", text).text == line) }

    @Test(
        "says something, but not too much",
        arguments: ["", " \n\t", "\u{0}\u{200B}", String(repeating: "é", count: 501)])
    func refused(text: String) { #expect(Memory(text, created: moment(0)) == nil) }

    @Test("may have a thousand bytes, and an importance of 1 to 5")
    func bounds() {
        #expect(Memory(String(repeating: "é", count: 500), created: moment(0)) != nil)
        for importance in 1...5 { #expect(Memory("x", importance: importance, created: moment(0)) != nil) }
        for importance in [0, 6, -1] { #expect(Memory("x", importance: importance, created: moment(0)) == nil) }
    }

    @Test("has an author with a bounded name on one line, or none")
    func author() throws {
        let marked = try #require(try memory("1", "x", author: "Ann\nLee ").author)
        #expect(marked.hasPrefix("Ann Lee~"))
        #expect(try !memory("1", "x", author: marked).isBy("Ann Lee"))
        #expect(try memory("1", "x", author: " \u{0}").author == nil)
        let long = String(repeating: "a", count: 100)
        #expect(try memory("1", "x", author: long).author?.utf8.count == 64)
        #expect(try memory("1", "x", author: long).isBy(long))
    }

    @Test("has an id of eight hexadecimal digits")
    func ids() {
        let ids = Set((0..<50).map { _ in Memory.newID() })
        #expect(ids.count == 50)
        #expect(ids.allSatisfy { $0.utf8.count == 8 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
    }
}

@Suite("A vector") struct MemoryVectorTests {
    @Test("keeps the angle to others, whatever its length")
    func similarity() throws {
        let east = try #require(MemoryVector([1, 0], model: "m"))
        for (numbers, cosine) in [
            ([5.0, 0.0], 1.0), ([1e-300, 0], 1), ([1e300, 1e300], 0.7071), ([0, 2], 0), ([-3, 0], -1),
            ([0.6, 0.8], 0.6),
        ] {
            let vector = try #require(MemoryVector(numbers, model: "m"))
            let found = try #require(vector.similarity(to: east))
            #expect(abs(found - cosine) < 0.01, "\(numbers): \(found)")
        }
    }

    @Test("is never compared with another model's, or one of another length")
    func others() throws {
        let vector = try #require(MemoryVector([1, 0], model: "m"))
        #expect(MemoryVector([1, 0], model: "n").flatMap(vector.similarity) == nil)
        #expect(MemoryVector([1, 0, 0], model: "m").flatMap(vector.similarity) == nil)
    }

    @Test(
        "points somewhere, in a bounded number of dimensions",
        arguments: [[], [0, 0], [.nan, 1], [.infinity, 1], Array(repeating: 1, count: 4097)] as [[Double]])
    func none(numbers: [Double]) { #expect(MemoryVector(numbers, model: "m") == nil) }
}
