/// An answer that is shown as it comes, word by word.
///
/// Each piece is made safe by itself: what is left out of a text is left out character by character, so it makes no
/// difference where a control sequence is cut.
struct SpokenAnswer {
    private let safe: (String) -> String
    private let write: (String) -> Void
    private var hasBegun = false

    /// - Parameters:
    ///   - terminal: makes it safe.
    ///   - write: shows it at once.
    init(_ terminal: Terminal, write: @escaping (String) -> Void) {
        safe = terminal.safe
        self.write = write
    }

    /// A piece came.
    mutating func add(_ piece: String) {
        hasBegun = true
        write(safe(piece))
    }

    /// It is whole. What came in no piece is shown now.
    mutating func finish(_ content: String) {
        if !hasBegun { add(content) }
        endLine()
    }

    /// It broke off: what is shown next begins a line.
    mutating func endLine() {
        if hasBegun { write("\n") }
        hasBegun = false
    }
}
