import FoundationEssentials
import HTTPServing
import JSON
import Synchronization
import TestSupport

/// A model server that speaks Ollama's `/api/chat`, `/api/generate` and `/api/embed`, and does with each question what a
/// test says.
final class FakeOllama: Sendable {
    /// What is done with a question.
    enum Behaviour: Sendable {
        /// Answers at once.
        case answer(String)
        /// Answers when the gate is opened.
        case wait(Gate, String)
        /// Answers piece by piece.
        case stream([Piece])
        /// Answers with a status and a body.
        case fail(Int, String)
        /// Never answers.
        case silent
    }

    /// A part of a streamed answer.
    enum Piece: Sendable {
        /// Says this at once.
        case words(String)
        /// Says nothing more until the gate is opened.
        case wait(Gate)
        /// Closes the connection in the middle of the answer.
        case breakOff
    }

    /// A question as it came.
    struct Call: Sendable {
        var path: String
        var model: String
        /// Role and content of each message.
        var messages: [[String]]
        var temperature: Double?
        var maxTokens: Int?
        /// The pictures of the last message, in base64.
        var images: [String] = []
        var format: JSONValue?
        /// All of it, as it came.
        var body = ""

        /// The last message.
        var question: String { messages.last?.last ?? "" }
        /// The system prompt.
        var system: String { messages.first { $0.first == "system" }?.last ?? "" }
        /// The roles in order.
        var roles: [String] { messages.compactMap(\.first) }
    }

    private struct State {
        var calls: [Call] = []
        var closed: [String] = []
        var rules: [(String, Behaviour)] = []
        var waiters: [(isDone: @Sendable ([Call], [String]) -> Bool, gate: Gate)] = []
    }

    private let state = Mutex(State())

    /// The questions so far, in the order they came.
    var calls: [Call] { state.withLock { $0.calls } }

    /// From now on, a question that contains `text` gets this; the latest rule that fits counts. Others are echoed.
    func when(_ text: String, _ behaviour: Behaviour) { state.withLock { $0.rules.insert((text, behaviour), at: 0) } }

    /// Waits until so many questions that contain `text` have come.
    func waitForCalls(_ count: Int = 1, with text: String = "") async throws {
        try await wait { calls, _ in calls.count { $0.question.contains(text) } >= count }
    }

    /// Waits until the client of a question that contains `text` has hung up on it.
    func waitForClose(of text: String) async throws {
        try await wait { _, closed in closed.contains { $0.contains(text) } }
    }

    private func wait(until isDone: @escaping @Sendable ([Call], [String]) -> Bool) async throws {
        let gate = Gate()
        let isOver = state.withLock { state in
            if isDone(state.calls, state.closed) { return true }
            state.waiters.append((isDone, gate))
            return false
        }
        if !isOver { try await withTimeout { await gate.passed() } }
    }

    private func note(_ change: (inout State) -> Void) {
        let gates = state.withLock { state in
            change(&state)
            let due = state.waiters.filter { $0.isDone(state.calls, state.closed) }
            state.waiters.removeAll { $0.isDone(state.calls, state.closed) }
            return due.map(\.gate)
        }
        for gate in gates { gate.open() }
    }

    /// Answers an HTTP request.
    func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        if request.path == "/api/tags" {
            return HTTPServerResponse(text: #"{"models":[{"name":"llama3.2:latest"},{"name":"tiny"}]}"#)
        }
        guard let call = Self.call(request) else { return HTTPServerResponse(400, text: "{}") }
        note { $0.calls.append(call) }
        if call.path == "/api/embed" { return Self.vectors(call) }
        let behaviour = state.withLock { state in
            state.rules.first { call.question.contains($0.0) }?.1 ?? .answer("echo: \(call.question)")
        }
        switch behaviour {
        case .answer(let text):
            return Self.answer(text, call)
        case .fail(let status, let body):
            return HTTPServerResponse(status, text: body)
        case .wait(let gate, let text):
            await gate.passed()
            if Task.isCancelled { note { $0.closed.append(call.question) } }
            return Self.answer(text, call)
        case .stream(let pieces):
            return stream(pieces, call)
        case .silent:
            await Gate().passed()
            note { $0.closed.append(call.question) }
            return HTTPServerResponse(500)
        }
    }

    private static func call(_ request: HTTPServerRequest) -> Call? {
        guard let object = JSONValue.parse(request.body)?.object, let model = object["model"]?.string else {
            return nil
        }
        var messages: [[String]] = []
        if case .array(let items)? = object["messages"] {
            messages = items.map { [$0.object?["role"]?.string ?? "?", $0.object?["content"]?.string ?? "?"] }
        }
        if let system = object["system"]?.string { messages.append(["system", system]) }
        if let prompt = object["prompt"]?.string { messages.append(["user", prompt]) }
        if let input = object["input"]?.strings { messages = input.map { ["input", $0] } }
        var call = Call(path: request.path, model: model, messages: messages)
        call.images = object["images"]?.strings ?? []
        if case .array(let items)? = object["messages"] { call.images += items.last?.object?["images"]?.strings ?? [] }
        call.format = object["format"]
        call.body = String(decoding: request.body, as: UTF8.self)
        let options = object["options"]?.object
        if case .number(let value)? = options?["temperature"] { call.temperature = value }
        if case .integer(let value)? = options?["temperature"] { call.temperature = Double(value) }
        if case .integer(let value)? = options?["num_predict"] { call.maxTokens = value }
        return call
    }

    private static func answer(_ text: String, _ call: Call) -> HTTPServerResponse {
        HTTPServerResponse(headers: [("Content-Type", "application/json")], body: line(text, call, isLast: true))
    }

    private func stream(_ pieces: [Piece], _ call: Call) -> HTTPServerResponse {
        HTTPServerResponse(headers: [("Content-Type", "application/x-ndjson")]) { writer in
            do {
                for piece in pieces {
                    switch piece {
                    case .words(let text): try await writer.write(Self.line(text, call, isLast: false))
                    case .wait(let gate): await gate.passed()
                    case .breakOff: throw BrokenOff()
                    }
                    try Task.checkCancellation()
                }
                try await writer.write(Self.line("", call, isLast: true))
            } catch {
                if !(error is BrokenOff) { self.note { $0.closed.append(call.question) } }
                throw error
            }
        }
    }

    private struct BrokenOff: Error {}

    private static func line(_ text: String, _ call: Call, isLast: Bool) -> Data {
        let line = JSONWriter.object { writer in
            writer.field("model", call.model)
            if call.path == "/api/chat" {
                writer.field("message") { $0.object { $0.field("content", text) } }
            } else {
                writer.field("response", text)
            }
            writer.field("done", isLast)
            guard isLast else { return }
            writer.field("done_reason", "stop")
            writer.field("prompt_eval_count", 26)
            writer.field("eval_count", 10)
        }
        return Data(line + [UInt8(ascii: "\n")])
    }

    /// Each text's length and its place.
    private static func vectors(_ call: Call) -> HTTPServerResponse {
        let body = JSONWriter.object { writer in
            writer.field("model", call.model)
            writer.field("embeddings") { writer in
                writer.array { writer in
                    for (index, message) in call.messages.enumerated() {
                        writer.array { writer in
                            writer.number(Double(message[1].utf8.count) + 0.5)
                            writer.integer(index)
                        }
                    }
                }
            }
            writer.field("prompt_eval_count", 7)
        }
        return HTTPServerResponse(headers: [("Content-Type", "application/json")], body: Data(body))
    }
}

extension JSONValue {
    /// The texts of a list; nil for every other kind.
    fileprivate var strings: [String]? {
        guard case .array(let items) = self else { return nil }
        return items.compactMap(\.string)
    }
}
