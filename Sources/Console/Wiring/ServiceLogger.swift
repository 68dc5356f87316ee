import Concurrency
import LLMService
import LanguageModels
import Observability
import ServiceRuntime

/// Tells the log of providers that fail, are asked again, and come back, and of what fails behind the answers.
struct ServiceLogger: Sendable {
    private let log: Log
    private let throttle: LogThrottle

    init(log: Log, time: any TimeSource) {
        self.log = log
        throttle = LogThrottle(time: time)
    }

    /// Writes what happened, where an operator may want to know.
    @Sendable
    func observe(_ event: ServiceEvent) {
        switch event {
        case .routing(let event): observe(event)
        case .unsummarized(_, let error):
            guard let heldBack = throttle.admit("summary") else { return }
            log.warning(
                "A conversation could not be summarised; it is tried again later",
                [
                    .code: error.code.name, .reason: error.message, .provider: error.provider ?? "",
                    .heldBack: String(heldBack),
                ])
        case .forgetful(let work, let error):
            log.debug(
                "An operation on memories failed",
                [.work: work, .code: error.code.name, .reason: error.message, .detail: error.detail])
        case .response, .failure, .memory, .summarized, .threshold: break
        }
    }

    /// Single tries are for whoever asked for details; what an operator has to see to is not.
    private func observe(_ event: RoutingEvent) {
        switch event {
        case .retrying(let provider, let wait, let error):
            log.debug(
                "Asking a provider again",
                [.provider: provider, .wait: "\(wait.milliseconds) ms", .reason: error.message, .detail: error.detail])
        case .movedOn(let from, let to, let error):
            guard let heldBack = throttle.admit("fallback from \(from)") else { return }
            log.warning(
                "Asking another provider",
                [.provider: from, .next: to, .reason: error.message, .heldBack: String(heldBack)])
            log.debug("Details of the failure", [.provider: from, .detail: error.detail])
        case .changedKey(let provider, let error):
            guard let heldBack = throttle.admit("key of \(provider)") else { return }
            log.warning(
                "A key is not used for a while; the next one is used",
                [.provider: provider, .reason: error.message, .heldBack: String(heldBack)])
        case .breaker(let provider, .open, let error):
            log.warning(
                "A provider is not asked for a while: its circuit breaker is open",
                [.provider: provider, .reason: error?.message ?? ""])
        case .breaker(let provider, .halfOpen, _):
            log.info("Sending one request to see whether a provider answers again", [.provider: provider])
        case .breaker(let provider, .closed, _):
            log.info("A provider answers again", [.provider: provider])
        }
    }
}
