import LanguageModels
import Synchronization

/// Holds the beginning of a streamed answer back that may be none for the room, as what was handed out cannot be taken back: blank
/// text until a word follows, for an answer that stays blank is asked for once more; and all of an answer that may be a tool's
/// call, until its end.
final class AnswerBeginning: Sendable {
    private enum State {
        case blank(String)
        case call
        case passing
    }

    private let mayBeCall: Bool
    private let state = Mutex(State.blank(""))

    /// - Parameter mayBeCall: whether tools were offered.
    init(mayBeCall: Bool) { self.mayBeCall = mayBeCall }

    /// Takes the next piece. Returns what is to be handed out, which may be empty.
    func pass(_ piece: String) -> String {
        state.withLock { state in
            switch state {
            case .passing: return piece
            case .call: return ""
            case .blank(let held):
                guard let first = piece.first(where: { !$0.isWhitespace }) else {
                    state = .blank(held + piece)
                    return ""
                }
                state = mayBeCall && Completion.mayBeCall(first) ? .call : .passing
                if case .call = state { return "" }
                return held + piece
            }
        }
    }
}
