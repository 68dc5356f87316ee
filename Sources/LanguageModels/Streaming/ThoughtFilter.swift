/// Takes out of a text what a model writes of its thoughts, where its server leaves them in the answer: `<think>…</think>`
/// and the like (llama.cpp, vLLM, older versions of Ollama), `[THINK]…[/THINK]` (Mistral), the channels of gpt-oss.
///
/// A tag counts where models put it, at the beginning of a line and outside code, and once they have begun so, right before a
/// thought; any other is one that the answer speaks about, and stays. Where the prompt's template opens the thoughts, their end is the first that is heard of them: see
/// ``hasRetracted``.
///
/// A pure machine: an answer is the same however the text was cut. Text is held back only while it may still be the beginning
/// of a tag, and where an answer goes on with a block that nothing has closed yet.
struct ThoughtFilter {
    private static let (final, message) = ("<|channel|>final", "<|message|>")
    /// What closes a block, by what opens it. Before the answer of gpt-oss there are messages on other channels, the answer has
    /// a head, and after it there may be another message: a closing tag that opens a block goes on with that one.
    private static let blocks = [
        "<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>", "<reasoning>": "</reasoning>",
        "[THINK]": "[/THINK]", "<seed:think>": "</seed:think>", "<|channel>thought": "<channel|>", "<|start|>": final,
        "<|channel|>analysis": final, "<|channel|>commentary": final, "<|end|>": final, "<|return|>": final,
        final: message,
    ]
    /// Closing tags that may stand in an answer: the head of gpt-oss's ends only what one has begun.
    private static let closings = Set(blocks.values).subtracting([message])
    private static let tags = Array(closings.union(blocks.keys))

    /// Whether all that was returned before was thoughts. It happens once at most; the piece returned last has none of it.
    private(set) var hasRetracted = false
    /// Whether the model's thoughts were seen to end.
    private(set) var hasThought = false

    /// What closes the block that is being read; nil in the answer.
    private var closing: String?
    /// The beginning of what may be a tag.
    private var held = ""
    /// White space that the answer may begin with.
    private var blank = ""
    /// A block in the middle of an answer, which is a part of it if nothing closes it.
    private var block: String?
    private var hasText = false
    /// Whether only white space has come since the line began, or since thoughts ended.
    private var isLineStart = true
    private var isInCode = false
    private var backticks = 0
    /// The last of the text so far.
    private var previous: Unicode.Scalar?
    /// Whether the answer speaks about a tag that opens a block: then it does about the one that closes it.
    private var isSpokenAbout = false
    /// Whether the answer is a message of gpt-oss, whose end has a tag too.
    private var isMessage = false

    /// The bytes that are held back.
    var heldBytes: Int { held.utf8.count + blank.utf8.count + (block?.utf8.count ?? 0) }

    /// Takes the next piece. Returns what of it, and of what was held back, is the answer.
    mutating func feed(_ text: String) -> String {
        var rest = held.isEmpty ? text[...] : (held + text)[...]
        var answer = ""
        held = ""
        while let start = rest.utf8.firstIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "[") }) {
            pass(rest[..<start], &answer)
            rest = rest[start...]
            let tags = closing.map { [$0] } ?? Self.tags
            let tag = tags.first { rest.utf8.starts(with: $0.utf8) }
            if tag == nil, tags.contains(where: { $0.utf8.starts(with: rest.utf8) }) {
                held = String(rest)
                return answer
            }
            let end = rest.utf8.index(start, offsetBy: tag?.utf8.count ?? 1)
            let next = rest[end...].unicodeScalars.first
            if next == nil, tag != nil, closing == nil, hasThought, !isLineStart, !isMessage {
                held = String(rest)
                return answer
            }
            if tag.map({ take($0, before: next, &answer) }) != true { pass(rest[..<end], &answer) }
            rest = rest[end...]
        }
        pass(rest, &answer)
        return answer
    }

    /// There is no more. Returns what was held back and is the answer after all. A block that an answer begins with and
    /// nothing closes has none after it.
    mutating func finish() -> String {
        defer { (held, blank, block) = ("", "", nil) }
        return closing == nil ? blank + held : block.map { $0 + held } ?? ""
    }

    /// Takes a tag. Returns whether it is one, and not a part of the answer.
    private mutating func take(_ tag: String, before next: Unicode.Scalar?, _ answer: inout String) -> Bool {
        if closing != nil {
            close(tag)
            return true
        }
        if isInCode { return false }
        let opened = Self.blocks[tag]
        let isBeforeThought = hasThought && !isMessage && !isQuoted && next.map(Self.beginsThought) == true
        let endsMessage = isMessage && (opened == Self.final || tag == Self.final)
        if let opened, isLineStart || endsMessage || isBeforeThought {
            block = hasText && !isMessage ? tag : nil
            (blank, closing) = ("", opened)
            return true
        }
        if Self.closings.contains(tag), !hasThought,
            isLineStart || !isSpokenAbout && !isQuoted && previous?.properties.isWhitespace != true
        {
            (answer, hasText, hasRetracted) = ("", false, true)
            close(tag)
            return true
        }
        if opened != nil, opened != Self.final { isSpokenAbout = true }
        return false
    }

    private mutating func close(_ tag: String) {
        (closing, block, blank) = (Self.blocks[tag], nil, "")
        (hasThought, isMessage) = (true, tag == Self.message)
        (isLineStart, isInCode, backticks) = (true, false, 0)
    }

    /// Whether what comes stands in quotes or in brackets.
    private var isQuoted: Bool { previous.map("\"'`*_(<[{«“‘„「『/\\".unicodeScalars.contains) ?? false }

    /// Whether a thought may begin so, and not what is said of a tag.
    private static func beginsThought(_ next: Unicode.Scalar) -> Bool {
        next == "\n" || !next.properties.isWhitespace && !".,;:!?)]}'\"`*".unicodeScalars.contains(next)
    }

    /// Takes text without a tag.
    private mutating func pass(_ text: Substring, _ answer: inout String) {
        guard closing == nil else { return block?.append(contentsOf: text) ?? () }
        for byte in text.utf8 {
            backticks = byte == UInt8(ascii: "`") ? backticks + 1 : 0
            if backticks == 3 { isInCode.toggle() }
            if !Self.isSpace(byte) { isLineStart = false } else if byte == 0x0A || byte == 0x0D { isLineStart = true }
        }
        previous = text.unicodeScalars.last ?? previous
        // White space at the beginning waits for a word, and does not survive thoughts.
        let start = hasText ? text.startIndex : text.utf8.firstIndex { !Self.isSpace($0) }
        if let start {
            let text = hasText || !hasThought ? text : text[start...]
            if !blank.isEmpty { answer = blank }
            // Most texts have no tag: they go through as they are.
            if answer.isEmpty { answer = String(text) } else { answer.append(contentsOf: text) }
            (hasText, blank) = (true, "")
        } else if !hasThought {
            blank.append(contentsOf: text)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
