import FoundationEssentials
import HTTPServing
import JSON
import NATSClient
import ServiceRuntime
import Tracing

extension FrontDesk {
    /// `POST /v1/chat/completions`.
    func chat(
        _ object: [String: JSONValue], from plugin: String, _ span: TraceSpan?
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
        let payload = request.payload(id: open.id, timeout: settings.requestTimeout)
        let head = ChatAnswer.Head(requestID: open.id, created: Int(time.timestamp.milliseconds / 1000))
        if request.isStreamed {
            let chunks = ChatChunks(head, model: model, includesUsage: request.includesUsage)
            return try await stream(open, payload, chunks, span)
        }
        let message = try await bus.answer(payload, timeout: patience, span)
        open.end()
        let answer = ChatAnswer(try ServiceFailure.throwing(message))
        return HTTPServerResponse(
            headers: [("Content-Type", "application/json"), ("X-Request-Id", open.id)], body: Data(answer.whole(head)))
    }

    /// The service keeps to the time itself; a little longer is for what cannot say so any more.
    var patience: Duration { settings.requestTimeout + .seconds(5) }

    /// What fails before the first word is an answer with a status of its own.
    private func stream(
        _ open: OpenRequest, _ payload: [UInt8], _ chunks: ChatChunks, _ span: TraceSpan?
    ) async throws(APIError) -> HTTPServerResponse {
        let replies = try bus.stream(payload, idle: patience, span)
        let first = try await Self.next(replies)
        if case .failure(let error) = first {
            open.end()
            throw error
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
                case .piece(let text):
                    try await writer.write(chunks.text(text))
                case .answer(let answer):
                    open.end()
                    return try await writer.write(chunks.end(answer))
                case .failure(let error):
                    open.end()
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

    private static func next(_ replies: NATSReplies) async throws(APIError) -> StreamedReply {
        var iterator = replies.makeAsyncIterator()
        do throws(NATSError) {
            guard let message = try await iterator.next() else {
                throw NATSError(.timeout, "the stream ended without an answer")
            }
            return StreamedReply(message.payload)
        } catch {
            throw ServiceFailure.error(error)
        }
    }
}
