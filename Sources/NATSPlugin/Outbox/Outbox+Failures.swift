import LLMService
import ServiceRuntime

extension Outbox {
    /// A failure of a provider's, or of ours, for the log.
    func note(_ error: LLMError, requestID: String) {
        guard error.isProviderFailure || error.code == .internal, let heldBack = throttle.admit(error.code.name) else {
            return
        }
        log.warning(
            "A request failed",
            [
                .code: error.code.name, .reason: error.message, .provider: error.provider ?? "",
                .requestID: requestID, .heldBack: String(heldBack),
            ])
        // A provider may repeat in its error what was said in the room: for whoever asked for all details only.
        log.debug("What was seen of the failure", [.requestID: requestID, .detail: error.detail])
    }
}
