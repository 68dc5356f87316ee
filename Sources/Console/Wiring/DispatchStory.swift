import Concurrency
import LanguageModels
import ServiceRuntime

/// Tells the log of providers that fail, are asked again, and come back.
struct DispatchStory: Sendable {
    let log: Log
    let throttle: LogThrottle

    init(log: Log, time: any TimeSource) {
        self.log = log
        throttle = LogThrottle(time: time)
    }

    /// Writes what happened. Single tries are for whoever asked for details; what an operator has to see to is not.
    @Sendable
    func tell(_ event: DispatchEvent) {
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
            log.debug("What was seen of the failure", [.provider: from, .detail: error.detail])
        case .changedKey(let provider, let error):
            guard let heldBack = throttle.admit("key of \(provider)") else { return }
            log.warning(
                "A key was put aside; the next one is used",
                [.provider: provider, .reason: error.message, .heldBack: String(heldBack)])
        case .breaker(let provider, .open, let error):
            log.warning(
                "A provider is left alone for a while: its breaker is open",
                [.provider: provider, .reason: error?.message ?? ""])
        case .breaker(let provider, .halfOpen, _):
            log.info("Trying whether a provider answers again", [.provider: provider])
        case .breaker(let provider, .closed, _):
            log.info("A provider answers again", [.provider: provider])
        }
    }
}
