package import HTTPServing
package import Observability

// OpenTelemetry's semantic conventions for HTTP servers ("http-spans").
extension Tracer {
    /// The span of a request that came; nil where there is nothing to record and nothing to hand on.
    ///
    /// - Parameter route: its path, with a name in braces for what stands for anything.
    package func begin(_ request: HTTPServerRequest, route: String) -> TraceSpan? {
        begin(.server, headers: request.headers) {
            let attributes = [
                Attribute("http.request.method", request.method), Attribute("http.route", route),
                Attribute("url.scheme", "http"), Attribute("url.path", request.path),
            ]
            return ("\(request.method) \(route)", attributes)
        }
    }
}

extension TraceSpan {
    /// The answer, which ends the span when all of it is sent.
    package func ending(with response: HTTPServerResponse) -> HTTPServerResponse {
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
    package func end(_ error: APIError) -> APIError {
        note(status: error.status)
        fail(error)
        end()
        return error
    }

    /// It failed. What is wrong with a request is no failure of the server's, but is told all the same.
    package func fail(_ error: APIError) { fail(error.code ?? String(error.status)) }

    private func note(status: Int) { set { [Attribute("http.response.status_code", status)] } }
}
