import CoreTestSupport

/// One input: a text, and where it is cut into pieces.
struct Input {
    /// Which texts it is made of, and so who reads it.
    enum Reader: CaseIterable { case lines, events, chat, ollama, json }

    let reader: Reader
    let text: [UInt8]
    /// The same in pieces, some of which may be empty.
    let pieces: [[UInt8]]
    /// Somewhere in it.
    let place: Int
    /// Of a line and of an event, where it can be chosen.
    let maxBytes: Int
    /// Whether the text is one of the corpus, as it stands there.
    let isPlain: Bool

    /// The input of that seed.
    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        reader = Reader.allCases[Int.random(in: 0..<Reader.allCases.count, using: &random)]
        var text: [UInt8]
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            text = Self.any(reader, &random)
            isPlain = true
        case 25..<85:
            text = Self.any(reader, &random)
            for _ in 0..<Int.random(in: 1...6, using: &random) { Self.change(&text, reader, &random) }
            isPlain = false
        default:
            let range: ClosedRange<UInt8> = Bool.random(using: &random) ? 0...255 : 9...127
            text = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: range, using: &random) }
            isPlain = false
        }
        self.text = text
        place = Int.random(in: 0...text.count, using: &random)
        maxBytes = Bool.random(using: &random) ? Int.random(in: 1...300, using: &random) : 1 << 20
        pieces = Self.cut(text, &random)
    }

    private static func any(_ reader: Reader, _ random: inout SeededGenerator) -> [UInt8] {
        let corpus =
            switch reader {
            case .chat, .events: Corpus.chat
            case .ollama: Corpus.ollama
            case .json: Corpus.json
            case .lines: Bool.random(using: &random) ? Corpus.chat : Corpus.ollama
            }
        return corpus[Int.random(in: 0..<corpus.count, using: &random)]
    }

    private static func change(_ text: inout [UInt8], _ reader: Reader, _ random: inout SeededGenerator) {
        let place = Int.random(in: 0...text.count, using: &random)
        let part = place..<min(text.count, place + Int.random(in: 1...80, using: &random))
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<4:
            if place < text.count { text[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 4: if place < text.count { text[place] = UInt8.random(in: 0...255, using: &random) }
        case 5, 6: text.removeSubrange(part)
        case 7: text.removeSubrange(place...)
        case 8, 9: text.insert(contentsOf: text[part], at: place)
        case 10:
            let other = any(reader, &random)
            text.replaceSubrange(place..., with: other[Int.random(in: 0...other.count, using: &random)...])
        case 11:
            // Rarely longer than any line may be.
            let isHuge = Int.random(in: 0..<400, using: &random) == 0
            let size = isHuge ? Int.random(in: (1 << 20) - 200...(1 << 20) + 200, using: &random) : 300
            text.insert(contentsOf: [UInt8](repeating: isHuge ? 0x61 : 0x20, count: size), at: place)
        default:
            text.insert(
                contentsOf: Corpus.pieces[Int.random(in: 0..<Corpus.pieces.count, using: &random)], at: place)
        }
    }

    private static func cut(_ text: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        if text.count < 600, Int.random(in: 0..<4, using: &random) == 0 { return text.map { [$0] } }
        var places = (0..<Int.random(in: 1...12, using: &random)).map { _ in
            Int.random(in: 0...text.count, using: &random)
        }
        places.sort()
        var pieces: [[UInt8]] = []
        var start = 0
        for place in places + [text.count] {
            pieces.append(Array(text[start..<place]))
            start = place
        }
        return pieces
    }
}
