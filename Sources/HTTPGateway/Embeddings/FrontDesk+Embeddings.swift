import FoundationEssentials
import HTTPServing
import JSON
import Tracing
import NATSClient

extension FrontDesk {
    /// So many vectors, even long ones, fit into one message of the bus.
    private static var part: Int { 8 }

    /// `POST /v1/embeddings`. Many texts go to the service a few at a time: a message on the bus holds only so much.
    func embed(_ object: [String: JSONValue], _ span: TraceSpan?) async throws(APIError) -> HTTPServerResponse {
        let query = try EmbeddingQuery(object, names: ModelNames(settings.modelAliases))
        var vectors = Vectors()
        var start = 0
        while start < query.inputs.count {
            let part = query.inputs[start..<min(start + Self.part, query.inputs.count)]
            let open = OpenRequest(bus)
            let message = try await bus.answer(
                query.payload(part, id: open.id, timeout: settings.requestTimeout), timeout: patience, span)
            open.end()
            if message.headers["Nats-Service-Error"] != nil { _ = try ServiceFailure.throwing(message) }
            guard vectors.add(message.payload), vectors.vectors.count == start + part.count else {
                throw APIError(502, "The service's answer cannot be read.", code: "bad_answer")
            }
            start += part.count
        }
        return HTTPServerResponse(
            headers: [("Content-Type", "application/json")], body: Data(vectors.json(isBase64: query.isBase64)))
    }
}
