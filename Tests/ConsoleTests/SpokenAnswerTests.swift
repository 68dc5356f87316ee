import Synchronization
import Testing

@testable import Console

@Suite("An answer shown as it comes")
struct SpokenAnswerTests {
    private let terminal = Terminal(environment: ["NO_COLOR": "1"])

    /// What was written, write by write.
    private func written(_ body: (inout SpokenAnswer) -> Void) -> [String] {
        var all: [String] = []
        withoutActuallyEscaping({ all.append($0) }) { write in
            var shown = SpokenAnswer(terminal, write: write)
            body(&shown)
        }
        return all
    }

    @Test("is written word by word, with a line's end after it, and not once more")
    func words() {
        let all = written { shown in
            for word in ["Once ", "upon"] { shown.add(word) }
            shown.finish("Once upon")
            shown.endLine()
        }
        #expect(all == ["Once ", "upon", "\n"])
    }

    @Test("is written whole where it came whole")
    func whole() {
        #expect(written { $0.finish("Once upon") } == ["Once upon", "\n"])
    }

    @Test("has its line ended where it breaks off, and none where it did not begin")
    func broken() {
        #expect(
            written { shown in
                shown.add("Once")
                shown.endLine()
            } == ["Once", "\n"])
        #expect(written { $0.endLine() }.isEmpty)
    }

    @Test("lets no control sequence through, wherever it is cut")
    func control() {
        let text = "a\u{1B}[31mb\u{1B}]0;title\u{7}c\u{9B}2Jd\r\n\u{8}e\tf"
        let scalars = Array(text.unicodeScalars)
        for cut in 0...scalars.count {
            let pieces = [scalars[..<cut], scalars[cut...]].map { String(String.UnicodeScalarView($0)) }
            let all = written { shown in for piece in pieces { shown.add(piece) } }
            #expect(all.joined() == "a[31mb]0;titlec2Jd\ne\tf")
            #expect(all.joined() == terminal.safe(text))
        }
    }
}
