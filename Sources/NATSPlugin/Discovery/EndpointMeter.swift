import BusProtocol
import Concurrency
import LLMService
import ServiceRuntime
import Synchronization

/// What an endpoint has done since the service started. It is counted on the way of every message, and so without a lock.
final class EndpointMeter: Sendable {
    private let requests = Atomic(0)
    private let errors = Atomic(0)
    private let nanoseconds = Atomic(0)
    private let ended = Atomic(0)
    private let lastError = Mutex("")

    /// A message came.
    func begin() { requests.add(1, ordering: .relaxed) }

    /// Its answer, or its failure, is out.
    ///
    /// - Parameter time: since it came.
    func end(after time: Duration) {
        ended.add(1, ordering: .relaxed)
        nanoseconds.wrappingAdd(time.nanoseconds, ordering: .relaxed)
    }

    /// It failed.
    func fail(_ error: LLMError) {
        errors.add(1, ordering: .relaxed)
        let text = "\(error.code.status):\(error.sentence)"
        lastError.withLock { $0 = text }
    }

    /// What was counted, at this moment.
    var reading: Reading {
        Reading(
            requests: requests.load(ordering: .relaxed), errors: errors.load(ordering: .relaxed),
            nanoseconds: nanoseconds.load(ordering: .relaxed), ended: ended.load(ordering: .relaxed),
            lastError: lastError.withLock { $0 })
    }

    /// What was counted.
    struct Reading: Equatable {
        var requests = 0
        var errors = 0
        /// From messages' coming to the end of their answers, in all.
        var nanoseconds = 0
        /// The messages whose answer is out.
        var ended = 0
        /// `STATUS:SENTENCE`; empty where nothing failed.
        var lastError = ""

        /// Per message whose answer is out.
        var average: Int { ended == 0 ? 0 : nanoseconds / ended }
    }
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

/// The statistics of all endpoints.
final class Meters: Sendable {
    /// The same requests by what was asked for, and what became of it.
    let requests = RequestCounts()
    private let meters = Dictionary(uniqueKeysWithValues: Endpoint.all.map { ($0, EndpointMeter()) })

    /// The statistics of one; nil where there is none.
    subscript(endpoint: Endpoint?) -> EndpointMeter? { endpoint.flatMap { meters[$0] } }
}
