import LanguageModels
import Synchronization

/// Holds the blank beginning of an answer back until a word follows: an answer that stays blank is asked for once more, and
/// what was passed on cannot be taken back.
final class HeldBlank: Sendable {
    /// Nil once a word came.
    private let held = Mutex<String?>("")
    private let deltas: DeltaSink

    /// - Parameter deltas: where the pieces go.
    init(_ deltas: @escaping DeltaSink) { self.deltas = deltas }

    /// Takes the next piece.
    func take(_ piece: String) async {
        let due = held.withLock { held -> String in
            guard held != nil else { return piece }
            if piece.allSatisfy(\.isWhitespace) {
                held?.append(piece)
                return ""
            }
            defer { held = nil }
            return (held ?? "") + piece
        }
        if !due.isEmpty { await deltas(due) }
    }
}
