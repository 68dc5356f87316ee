import LLMService
import ServiceRuntime

/// Tells the log of what happens in the service behind the answers.
struct ServiceStory: Sendable {
    let log: Log
    let throttle: LogThrottle

    init(log: Log, time: any TimeSource) {
        self.log = log
        throttle = LogThrottle(time: time)
    }

    /// Writes what happened, where an operator may want to know.
    @Sendable
    func tell(_ event: ServiceEvent) {
        switch event {
        case .unsummarized(let event):
            guard let heldBack = throttle.admit("summary") else { return }
            let error = event.error
            log.warning(
                "A conversation could not be summarised; tried again later",
                [
                    .code: error.code.name, .reason: error.message, .provider: error.provider ?? "",
                    .heldBack: String(heldBack),
                ])
        case .forgetful(let event):
            let error = event.error
            log.debug(
                "Something about memories failed",
                [.work: event.work, .code: error.code.name, .reason: error.message, .detail: error.detail])
        case .response, .failure, .memory, .summarized, .threshold:
            break
        }
    }
}
