import BusProtocol
import FoundationEssentials
package import GatewayCore
package import HTTPServing
package import JSON
import NATSClient
package import Observability
import ServiceRuntime

extension OpenAIGateway {
    /// `POST /v1/chat/completions`.
    package func chat(
        _ object: JSONObject, from plugin: String, _ span: TraceSpan?
    ) async throws(APIError) -> HTTPServerResponse {
        let request = try ChatRequest(object, names: ModelNames(settings.modelAliases), plugin: plugin)
        let open = OpenRequest(bus)
        do throws(APIError) {
            return try await ask(request, open, object["model"]?.string ?? "", span)
        } catch {
            throw error.naming(open.id)
        }
    }

    private func ask(
        _ request: ChatRequest, _ open: OpenRequest, _ model: String, _ span: TraceSpan?
    ) async throws(APIError) -> HTTPServerResponse {
        let question = request.request(id: open.id, timeout: settings.requestTimeout)
        let head = ChatAnswer.Head(requestID: open.id, created: Int(time.timestamp.milliseconds / 1000))
        if request.isStreamed {
            let chunks = ChatChunks(head, model: model, includesUsage: request.includesUsage)
            return try await stream(open, question, chunks, span)
        }
        let message = try await bus.answer(question, timeout: patience, span)
        open.end()
        let answer = ChatAnswer(try ServiceFailure.response(message))
        return HTTPServerResponse(
            headers: [("Content-Type", "application/json"), ("X-Request-Id", open.id)], body: Data(answer.whole(head)))
    }

    /// The service keeps to the time itself; a little longer is for what cannot say so any more.
    var patience: Duration { settings.requestTimeout + .seconds(5) }

    /// What fails before the first word is an answer with a status of its own.
    private func stream(
        _ open: OpenRequest, _ question: LLMRequest, _ chunks: ChatChunks, _ span: TraceSpan?
    ) async throws(APIError) -> HTTPServerResponse {
        let replies = try bus.stream(question, idle: patience, span)
        let first = try await Self.next(replies)
        if case .failure(let failure) = first {
            open.end()
            throw ServiceFailure.error(failure)
        }
        return HTTPServerResponse(
            headers: [
                ("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache"),
                ("X-Accel-Buffering", "no"), ("X-Request-Id", open.id),
            ]
        ) { writer in
            var chunks = chunks
            var reply = first
            while true {
                switch reply {
                case .delta(let delta):
                    try await writer.write(chunks.text(delta.content))
                case .response(let response):
                    open.end()
                    return try await writer.write(chunks.end(ChatAnswer(response)))
                case .failure(let failure):
                    open.end()
                    let error = ServiceFailure.error(failure)
                    span?.fail(error)
                    return try await writer.write(ChatChunks.failure(error))
                }
                do throws(APIError) { reply = try await Self.next(replies) } catch {
                    // The bus failed us: the service may still be at it.
                    span?.fail(error)
                    return try await writer.write(ChatChunks.failure(error))
                }
            }
        }
    }

    private static func next(_ replies: NATSReplies) async throws(APIError) -> LLMReply {
        var iterator = replies.makeAsyncIterator()
        do throws(NATSError) {
            guard let message = try await iterator.next() else {
                throw NATSError(.timeout, "the stream ended without an answer")
            }
            if let reply = LLMReply.decode(message.payload) { return reply }
        } catch {
            throw ServiceFailure.error(error)
        }
        throw ServiceFailure.unreadable
    }
}
