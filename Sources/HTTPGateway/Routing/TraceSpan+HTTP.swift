import HTTPServing
import Observability

// OpenTelemetry's semantic conventions for HTTP servers ("http-spans").
extension Tracer {
    /// The span of a request that came; nil where there is nothing to record and nothing to hand on.
    func begin(_ request: HTTPServerRequest, _ route: Route) -> TraceSpan? {
        begin(.server, headers: request.headers) {
            let attributes = [
                Attribute("http.request.method", request.method), Attribute("http.route", route.template),
                Attribute("url.scheme", "http"), Attribute("url.path", request.path),
            ]
            return ("\(request.method) \(route.template)", attributes)
        }
    }
}

extension TraceSpan {
    /// The answer, which ends the span when all of it is sent.
    func ending(with response: HTTPServerResponse) -> HTTPServerResponse {
        note(status: response.status)
        guard case .stream(let write) = response.body, isRecorded else {
            end()
            return response
        }
        var response = response
        response.body = .stream { writer in
            do {
                try await write(writer)
            } catch {
                // The client has gone.
                self.fail("cancelled")
                self.end()
                throw error
            }
            self.end()
        }
        return response
    }

    /// There is no other answer than this failure. Gives it back.
    func end(_ error: APIError) -> APIError {
        note(status: error.status)
        fail(error)
        end()
        return error
    }

    /// It failed. What is wrong with a request is no failure of the server's, but is told all the same.
    func fail(_ error: APIError) { fail(error.code ?? String(error.status)) }

    private func note(status: Int) { set { [Attribute("http.response.status_code", status)] } }
}
