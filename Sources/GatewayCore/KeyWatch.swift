package import HTTPServing
package import Observability
package import ServiceRuntime

/// Tells the operator who signs in, and who shows keys that are none; and counts both. Keys are in neither.
package final class KeyWatch: Sendable {
    private let log: Log
    private let throttle: LogThrottle
    private let wrong, signIns: Counter

    /// Creates a watch, whose counters are in `metrics`.
    package init(_ metrics: MetricsRegistry, log: Log, time: any TimeSource) {
        self.log = log
        // Who guesses does it often.
        throttle = LogThrottle(interval: .seconds(10), time: time)
        wrong = metrics.counter(
            "rosey_llm_http_wrong_keys_total", "Requests and sign-ins with a key that the gateway does not know.")
        signIns = metrics.counter("rosey_llm_http_sign_ins_total", "Keys that were traded for a sign-in of the page.")
    }

    /// A key came that is none.
    package func noteWrongKey(_ request: HTTPServerRequest) {
        wrong.add()
        guard let heldBack = throttle.admit("wrong") else { return }
        log.warning(
            "A key was shown that the gateway does not know", [.client: request.peer, .heldBack: String(heldBack)])
    }

    /// Somebody has signed in to the page.
    package func noteSignIn(_ request: HTTPServerRequest) {
        signIns.add()
        guard let heldBack = throttle.admit("sign-in") else { return }
        log.info("Somebody signed in to the page", [.client: request.peer, .heldBack: String(heldBack)])
    }
}
