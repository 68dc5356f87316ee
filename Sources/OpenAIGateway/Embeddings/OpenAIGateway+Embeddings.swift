import BusProtocol
import FoundationEssentials
package import GatewayCore
package import HTTPServing
package import JSON
import NATSClient
package import Observability
import ServiceRuntime

extension OpenAIGateway {
    /// `POST /v1/embeddings`. Many texts go to the service a part at a time: a message on the bus holds only so much.
    package func embed(
        _ object: JSONObject, from plugin: String, _ span: TraceSpan?
    ) async throws(APIError) -> HTTPServerResponse {
        let query = try EmbeddingQuery(object, names: ModelNames(settings.modelAliases), plugin: plugin)
        let deadline = time.now + settings.requestTimeout
        var vectors = Vectors()
        var parts = EmbeddingParts(maxPayload: bus.maxPayload, maxInputs: settings.maxEmbedInputs)
        var start = 0
        while start < query.inputs.count {
            let part = parts.next(of: query.inputs[start...])
            let open = OpenRequest(bus)
            let left = deadline - time.now
            guard left > .zero else {
                open.end()
                throw APIError(504, "The vectors were not made in time.", code: "timeout").naming(open.id)
            }
            let message = try await bus.answer(
                query.request(part, id: open.id, timeout: left), timeout: left + .seconds(5), span)
            open.end()
            parts.came(bytes: message.payload.count, for: part.count)
            if message.headers[LLMFailure.header] != nil { _ = try ServiceFailure.response(message) }
            guard let answer = LLMResponse.Vectors.decode(message.payload), vectors.add(answer),
                vectors.vectors.count == start + part.count
            else { throw ServiceFailure.unreadable }
            start += part.count
        }
        return HTTPServerResponse(
            headers: [("Content-Type", "application/json")], body: Data(vectors.json(isBase64: query.isBase64)))
    }
}
