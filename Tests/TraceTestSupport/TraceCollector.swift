package import HTTPServing
import Foundation
import Synchronization
import TestSupport

/// An OTLP collector: takes spans on `POST /v1/traces`, reads them strictly, and refuses when it is told to.
package final class TraceCollector: Sendable {
    private struct State {
        var spans: [CollectedSpan] = []
        var faults: [String] = []
        var requests: [Request] = []
        var answers: [HTTPServerResponse] = []
    }

    /// A request as it came.
    package struct Request: Sendable {
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]
        /// How many spans it has.
        package let count: Int
    }

    private let state = Mutex(State())

    /// One that takes all; its next answers are these, and after them it takes what comes.
    package init(answers: [HTTPServerResponse] = []) { state.withLock { $0.answers = answers } }

    /// The requests so far, those that were refused too.
    package var requests: [Request] { state.withLock { $0.requests } }
    /// The spans that it took.
    package var spans: [CollectedSpan] { state.withLock { $0.spans } }
    /// What came that was no OTLP.
    package var faults: [String] { state.withLock { $0.faults } }
    /// All bytes that came.
    package var text: String {
        state.withLock { String(decoding: $0.requests.flatMap(\.body), as: UTF8.self) }
    }

    /// Answers an HTTP request.
    package func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        let body = Array(request.body)
        return state.withLock { state in
            do {
                guard request.method == "POST", request.path == "/v1/traces",
                    request.header("Content-Type") == "application/json"
                else { throw CollectedSpan.Unfit(what: "\(request.method) \(request.path)") }
                let spans = try CollectedSpan.all(in: body)
                state.requests.append(Request(headers: request.headers, body: body, count: spans.count))
                if !state.answers.isEmpty {
                    let answer = state.answers.removeFirst()
                    if answer.status != 200 { return answer }
                    state.spans += spans
                    return answer
                }
                state.spans += spans
                return HTTPServerResponse(text: "{}", type: "application/json")
            } catch {
                state.faults.append("\(error)")
                return HTTPServerResponse(400)
            }
        }
    }

    /// Waits until it has taken so many spans.
    package func spans(_ count: Int) async throws -> [CollectedSpan] {
        try await asking { [self] in
            let spans = spans
            return spans.count >= count ? spans : nil
        }
    }
}
