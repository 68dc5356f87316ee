import FoundationEssentials
import HTTPServing
import JSON
import Synchronization
import TestSupport

/// A model server that speaks Ollama's `/api/chat` and does with each question what a test says.
final class FakeOllama: Sendable {
    /// What is done with a question.
    enum Behaviour: Sendable {
        /// Answers at once.
        case answer(String)
        /// Answers when the gate is opened.
        case wait(Gate, String)
        /// Answers with a status and a body.
        case fail(Int, String)
        /// Never answers.
        case silent
    }

    /// A question as it came.
    struct Call: Sendable {
        var path: String
        var model: String
        /// Role and content of each message.
        var messages: [[String]]
        var temperature: Double?
        var maxTokens: Int?

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
        var call = Call(path: request.path, model: model, messages: messages)
        let options = object["options"]?.object
        if case .number(let value)? = options?["temperature"] { call.temperature = value }
        if case .integer(let value)? = options?["temperature"] { call.temperature = Double(value) }
        if case .integer(let value)? = options?["num_predict"] { call.maxTokens = value }
        return call
    }

    private static func answer(_ text: String, _ call: Call) -> HTTPServerResponse {
        let body = JSONWriter.object { writer in
            writer.field("model", call.model)
            if call.path == "/api/chat" {
                writer.field("message") { $0.object { $0.field("content", text) } }
            } else {
                writer.field("response", text)
            }
            writer.field("done", true)
            writer.field("done_reason", "stop")
            writer.field("prompt_eval_count", 26)
            writer.field("eval_count", 10)
        }
        return HTTPServerResponse(headers: [("Content-Type", "application/json")], body: Data(body))
    }
}

/// Closed until somebody opens it; whoever is cancelled passes too.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Lets everybody through, now and later.
    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until it is open, or the task is cancelled.
    func passed() async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let passes = state.withLock { state in
                    if state.isOpen || Task.isCancelled { return true }
                    state.waiters[id] = waiter
                    return false
                }
                if passes { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
