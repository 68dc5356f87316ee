import JSON
import Testing

@testable import NATSPlugin

@Suite("A piece larger than a message")
struct DeltaPartsTests {
    private static let family = "👩‍👩‍👧‍👦"

    @Test(
        "is cut between characters, and nothing is lost",
        arguments: [
            "", "x", String(repeating: "word ", count: 100), String(repeating: "\u{1}\"\\\n", count: 100),
            String(repeating: family, count: 20), String(repeating: "\r\n", count: 100),
        ])
    func whole(text: String) {
        for bytes in [30, 64, 1000] {
            let parts = DeltaParts.parts(text, bytes: bytes)
            #expect(parts.joined() == text)
            #expect(parts.allSatisfy { !$0.isEmpty && size(String($0)) <= bytes })
            #expect(parts.reduce(0) { $0 + $1.count } == text.count)
        }
    }

    @Test("is cut between scalars where one character is larger than a message")
    func bomb() {
        let text = "x" + String(repeating: "\u{301}", count: 1000)
        let parts = DeltaParts.parts(text, bytes: 100)
        #expect(parts.allSatisfy { $0.utf8.count <= 100 })
        #expect(Array(parts.joined().unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("is cut into scalars where not even one of them fits, and ends")
    func none() {
        #expect(DeltaParts.parts("a\u{1}b", bytes: 1) == ["a", "\u{1}", "b"])
        #expect(DeltaParts.parts(Self.family, bytes: 0).joined() == Self.family)
    }

    private func size(_ text: String) -> Int {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes.count - 2
    }
}
