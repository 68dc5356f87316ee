import FoundationEssentials
import HTTPServing
import JSON
import Synchronization
import TestSupport

/// A model server that speaks OpenAI's `/chat/completions`, `/models` and `/embeddings`, and does with each question what
/// a test says.
final class ModelServer: Sendable {
    /// What is done with a question.
    enum Behaviour: Sendable {
        /// Says these pieces, and after each but the last waits for its signal.
        case say([String], RawServerSignal? = nil)
        /// Says one piece, then nothing until the client goes.
        case begin(String)
        /// Answers nothing until the client goes.
        case silence
        case fail(Int, String)
        /// Thinks, and wants a tool called; both in fields of its own too.
        case call(name: String, arguments: String)
    }

    private struct State {
        var rules: [(text: String, behaviour: Behaviour)] = []
        var questions: [JSONValue] = []
        var bodies: [String] = []
        var signals: [String: (asked: RawServerSignal, gone: RawServerSignal)] = [:]
    }

    private let state = Mutex(State())

    /// The bodies of the questions so far.
    var questions: [JSONValue] { state.withLock { $0.questions } }
    /// The same as they came.
    var bodies: [String] { state.withLock { $0.bodies } }

    /// From now on, a question whose last message contains `text` gets this; others are echoed. Returns what happens when
    /// it is asked, and when its client goes before its answer is through.
    @discardableResult
    func when(_ text: String, _ behaviour: Behaviour) -> (asked: RawServerSignal, gone: RawServerSignal) {
        let signals = (asked: RawServerSignal(), gone: RawServerSignal())
        state.withLock { state in
            state.rules.insert((text, behaviour), at: 0)
            state.signals[text] = signals
        }
        return signals
    }

    /// Answers an HTTP request.
    func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        switch request.path {
        case "/models":
            return HTTPServerResponse(
                text: #"{"data":[{"id":"tiny"},{"id":"org/large"}]}"#, type: "application/json")
        case "/embeddings": return Self.vectors(JSONValue.parse(request.body))
        default: break
        }
        guard let body = JSONValue.parse(request.body) else { return HTTPServerResponse(400) }
        let question = Self.question(body)
        let rule = state.withLock { state in
            state.questions.append(body)
            state.bodies.append(String(decoding: request.body, as: UTF8.self))
            return state.rules.first { question.contains($0.text) }
        }
        let signals = rule.flatMap { rule in state.withLock { $0.signals[rule.text] } }
        signals?.asked.fire()
        switch rule?.behaviour ?? .say(["echo: ", question]) {
        case .fail(let status, let text): return HTTPServerResponse(status, text: text, type: "application/json")
        case .silence:
            await request.closed()
            signals?.gone.fire()
            return HTTPServerResponse(500)
        case .begin(let text):
            return Self.events { writer in
                try await writer.write(Self.chunk(text))
                await request.closed()
                signals?.gone.fire()
            }
        case .say(let pieces, let next):
            return Self.events { writer in
                for (index, piece) in pieces.enumerated() {
                    try await writer.write(Self.chunk(piece))
                    if index < pieces.count - 1 { await next?.wait() }
                }
                try await writer.write(Self.end("stop"))
            }
        case .call(let name, let arguments):
            return Self.events { writer in
                try await writer.write(Self.call(name, arguments))
                try await writer.write(Self.end("tool_calls"))
            }
        }
    }

    /// The text of the last message.
    static func question(_ body: JSONValue) -> String {
        guard case .array(let messages)? = body.object?["messages"], let last = messages.last?.object else { return "" }
        if case .array(let parts)? = last["content"] { return parts[0].object?["text"]?.string ?? "" }
        return last["content"]?.string ?? ""
    }

    private static func events(
        _ write: @escaping @Sendable (HTTPResponseWriter) async throws -> Void
    ) -> HTTPServerResponse { HTTPServerResponse(headers: [("Content-Type", "text/event-stream")], stream: write) }

    private static func event(_ choice: (inout JSONWriter) -> Void, usage: Bool = false) -> Data {
        let json = JSONWriter.object { writer in
            writer.field("model", "tiny")
            writer.field("choices") { $0.array { $0.object(choice) } }
            guard usage else { return }
            writer.field("usage") {
                $0.object {
                    $0.field("prompt_tokens", 7)
                    $0.field("completion_tokens", 3)
                }
            }
        }
        return Data("data: ".utf8) + json + Data("\n\n".utf8)
    }

    private static func chunk(_ text: String) -> Data {
        event { $0.field("delta") { $0.object { $0.field("content", text) } } }
    }

    private static func call(_ name: String, _ arguments: String) -> Data {
        event { choice in
            choice.field("delta") { delta in
                delta.object { delta in
                    delta.field("reasoning_content", "The weather …")
                    delta.field("tool_calls") { calls in
                        calls.array { calls in
                            calls.object { call in
                                call.field("index", 0)
                                call.field("id", "call_7")
                                call.object("extra_content") { $0.field("signature", "S/+=") }
                                call.field("function") { function in
                                    function.object {
                                        $0.field("name", name)
                                        $0.field("arguments", arguments)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func end(_ reason: String) -> Data {
        event(
            { choice in
                choice.field("delta") { $0.object { _ in } }
                choice.field("finish_reason", reason)
            }, usage: true) + Data("data: [DONE]\n\n".utf8)
    }

    /// Each text's length, and a half.
    private static func vectors(_ body: JSONValue?) -> HTTPServerResponse {
        guard case .array(let inputs)? = body?.object?["input"] else { return HTTPServerResponse(400) }
        let json = JSONWriter.object { writer in
            writer.field("model", "tiny-embed")
            writer.field("data") { data in
                data.array { data in
                    for (index, input) in inputs.enumerated() {
                        data.object { item in
                            item.field("index", index)
                            item.field("embedding") { vector in
                                vector.array {
                                    $0.integer(input.string?.utf8.count ?? 0)
                                    $0.number(0.5)
                                }
                            }
                        }
                    }
                }
            }
            writer.field("usage") { $0.object { $0.field("prompt_tokens", inputs.count) } }
        }
        return HTTPServerResponse(headers: [("Content-Type", "application/json")], body: Data(json))
    }
}
