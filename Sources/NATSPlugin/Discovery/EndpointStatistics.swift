import Concurrency
import LLMService
import Observability
import Synchronization

/// What an endpoint has done since the service started. It is counted on the way of every message, and so without a lock.
final class EndpointStatistics: Sendable {
    /// Messages that came, those of them that failed, and those whose answer is out.
    let requests = Counter(), errors = Counter(), ended = Counter()
    /// From messages' coming to the end of their answers, in all.
    let nanoseconds = Counter()
    private let failure = Mutex("")

    /// A message came.
    func begin() { requests.add() }

    /// Its answer, or its failure, is out.
    ///
    /// - Parameter time: since it came.
    func end(after time: Duration) {
        ended.add()
        nanoseconds.add(time.nanoseconds)
    }

    /// It failed.
    func fail(_ error: LLMError) {
        errors.add()
        let text = "\(error.code.status):\(error.sentence)"
        failure.withLock { $0 = text }
    }

    /// `STATUS:SENTENCE`; empty where nothing failed.
    var lastError: String { failure.withLock { $0 } }

    /// Nanoseconds per message whose answer is out.
    var average: Int { ended.value == 0 ? 0 : nanoseconds.value / ended.value }
}

extension LLMError {
    /// Why, without anything of what was sent: statistics are for everybody.
    fileprivate var sentence: String {
        switch code {
        case .invalidJSON: "not a JSON object in UTF-8"
        case .invalidRequest: "a field is missing or wrong"
        case .unknownAction: "no such action"
        case .unknownPersona: "no such persona"
        case .unknownModel: "no such model"
        case .unknownProvider: "no such provider"
        case .notFound: "nothing of that name or id"
        case .tooLarge: "the request is larger than is taken"
        default: message
        }
    }
}
