import Synchronization

/// Holds the blank beginning of a streamed answer back until a word follows: an answer that stays blank is asked for once
/// more, and what was handed out cannot be taken back.
final class LeadingWhitespaceFilter: Sendable {
    /// What is held back; nil once a word came.
    private let held = Mutex<String?>("")

    /// Takes the next piece. Returns what is to be handed out, which may be empty.
    func pass(_ piece: String) -> String {
        held.withLock { held in
            guard let blank = held else { return piece }
            if piece.allSatisfy(\.isWhitespace) {
                held = blank + piece
                return ""
            }
            held = nil
            return blank + piece
        }
    }
}
