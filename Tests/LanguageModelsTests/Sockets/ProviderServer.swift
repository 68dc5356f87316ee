import FoundationEssentials
import HTTPServing
import HTTPTransport
import LanguageModels
import Synchronization

/// What a server was sent.
final class Received: Sendable {
    private let requests = Mutex<[HTTPServerRequest]>([])
    var all: [HTTPServerRequest] { requests.withLock { $0 } }
    var bodies: [String] { all.map { String(decoding: $0.body, as: UTF8.self) } }
    var lines: [String] { all.map { "\($0.method) \($0.path)" } }
    func add(_ request: HTTPServerRequest) { requests.withLock { $0.append(request) } }
}

/// Runs a server that answers as told, on a free port of the loopback.
///
/// - Parameter answer: for each request, which it may look at.
func withServer<Result>(
    _ answer: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse,
    _ body: (_ base: String, _ received: Received) async throws -> Result
) async throws -> Result {
    let received = Received()
    let server = try HTTPServer.start { request in
        received.add(request)
        return await answer(request)
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        defer { group.cancelAll() }
        return try await body("http://127.0.0.1:\(server.port)", received)
    }
}

/// The same answer to every request.
func withServer<Result>(
    _ status: Int = 200, _ text: String, headers: [(name: String, value: String)] = [],
    _ body: (_ base: String, _ received: Received) async throws -> Result
) async throws -> Result {
    let data = Data(text.utf8)
    let fields = headers.map { ($0.name, $0.value) }
    return try await withServer(
        { _ in HTTPServerResponse(status, headers: fields.map { (name: $0.0, value: $0.1) }, body: data) }, body)
}

extension Completion {
    /// All of it but what is never the same twice: when it came, and the ids that calls have from us.
    var untimed: Completion {
        var completion = self
        completion.timing = nil
        for index in toolCalls.indices where toolCalls[index].hasOurID { completion.toolCalls[index].id = "" }
        return completion
    }
}

extension ToolCall {
    /// Whether its id looks like one that a provider did not give.
    var hasOurID: Bool { id.wholeMatch(of: /call[a-z0-9]{5}/) != nil }
}
