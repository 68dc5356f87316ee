/// Takes out what a model writes between `<think>` and `</think>` at the very beginning of its content: llama.cpp, vLLM
/// and older versions of Ollama put its thoughts there, and they are not the answer.
///
/// One such block, with only white space before it. Everything else goes through as it is, at once: text is held back
/// only while it could still be the block's beginning.
struct ThoughtFilter {
    private enum Place {
        /// Only white space and so many bytes of the opening have come.
        case beginning(matched: Int)
        /// Within the block, of whose end so many bytes have come.
        case thoughts(matched: Int)
        case answer
    }

    private static let opening = Array("<think>".utf8)
    private static let closing = Array("</think>".utf8)

    private var place = Place.beginning(matched: 0)
    /// What has come at the beginning and is not decided yet.
    private var held = ""

    /// The answer in a text that came as a whole.
    static func answer(in text: String) -> String {
        var filter = ThoughtFilter()
        let start = filter.feed(text)
        return start + filter.finish()
    }

    /// Takes the next piece. Returns what of it, and of what was held back, is the answer.
    mutating func feed(_ text: String) -> String {
        switch place {
        case .answer: text
        case .beginning(let matched): begin(text, matched)
        case .thoughts(let matched): think(text.utf8[...], matched)
        }
    }

    /// There is no more. Returns what was held back and is the answer after all. A block without an end has none after it.
    mutating func finish() -> String {
        defer { held = "" }
        return held
    }

    private mutating func begin(_ text: String, _ before: Int) -> String {
        var matched = before
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if matched == 0, byte == 0x20 || (0x09...0x0D).contains(byte) { continue }
            guard byte == Self.opening[matched] else {
                place = .answer
                defer { held = "" }
                return held.isEmpty ? text : held + text
            }
            matched += 1
            if matched == Self.opening.count {
                held = ""
                return think(text.utf8[text.utf8.index(after: index)...], 0)
            }
        }
        held += text
        place = .beginning(matched: matched)
        return ""
    }

    private mutating func think(_ text: Substring.UTF8View, _ before: Int) -> String {
        var matched = before
        for index in text.indices {
            let byte = text[index]
            // Only its first byte is a "<", so what does not go on can at most begin anew.
            if byte != Self.closing[matched] { matched = 0 }
            if byte == Self.closing[matched] { matched += 1 }
            if matched == Self.closing.count {
                place = .answer
                return String(Substring(text[text.index(after: index)...]))
            }
        }
        place = .thoughts(matched: matched)
        return ""
    }
}
