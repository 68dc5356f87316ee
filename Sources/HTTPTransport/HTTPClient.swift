package final class HTTPClient: Sendable {
    package static let shared = HTTPClient()
    package init() {}
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse { throw HTTPError(.shutDown) }
}
