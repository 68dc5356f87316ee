import JSON

/// The text of an answer, from the strings that it comes in: a character that was cut in two is one again, and what the
/// model thinks is left out.
struct AnswerText {
    /// The answer so far.
    private(set) var content = ""
    /// The strings of the chunk that is being read.
    private var piece = ""
    /// The half of a character that the last string ended with.
    private var half: UInt16?
    private var thoughts = ThoughtFilter()
    /// Whether the model is one whose template opens its thoughts: nothing is handed out before they are seen to end.
    let beginsInThoughts: Bool
    /// Whether nothing is handed out yet.
    private var isHeld: Bool
    /// Whether the text began within thoughts, as came out at their end. They are not in the content.
    private(set) var hasRetracted = false
    /// The bytes of them that were handed out before.
    private(set) var retractedBytes = 0

    init(beginsInThoughts: Bool) {
        self.beginsInThoughts = beginsInThoughts
        isHeld = beginsInThoughts
    }

    /// The bytes that are kept.
    var byteCount: Int { content.utf8.count + thoughts.heldBytes }

    /// Takes a string of the chunk that is being read.
    mutating func take(_ string: JSONStringPiece) {
        let text = string.text(after: &half)
        if piece.isEmpty { piece = text } else { piece += text }
    }

    /// The chunk was read. Returns what of it is to be handed out.
    mutating func next() -> String {
        if piece.isEmpty { return "" }
        let text = thoughts.feed(piece)
        piece = ""
        return add(text)
    }

    /// The chunk could not be read.
    mutating func drop() { piece = "" }

    /// There are no more.
    ///
    /// - Parameter isCut: whether the model had no room to go on.
    mutating func finish(isCut: Bool) {
        if half != nil { _ = add(thoughts.feed("\u{FFFD}")) }
        _ = add(thoughts.finish())
        if isHeld, isCut { content = "" }
    }

    private mutating func add(_ text: String) -> String {
        if thoughts.hasRetracted, !hasRetracted {
            hasRetracted = true
            retractedBytes = isHeld ? 0 : content.utf8.count
            content = ""
        }
        // Nothing added would still copy a content that is the last piece itself.
        if !text.isEmpty { content += text }
        guard isHeld else { return text }
        isHeld = !thoughts.hasThought
        return isHeld ? "" : content
    }
}
