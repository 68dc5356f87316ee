import HTTPTransport
import LanguageModels
import TestSupport
import Testing

/// PROVIDERS.md: how long each part of an answer may take, with seconds for its minutes.
@Suite("How long a provider is waited for", .serialized)
struct PatienceFaultTests {
    private static let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    private static let tooLate = Fault.Expected.failure(ProviderError(.timeout, Sentence.tooLate), handedOut: "")

    private func expect(
        _ expected: Fault.Expected, from wire: Wire, _ timeouts: HTTPTimeouts,
        _ script: @escaping @Sendable (RawServerConnection) -> Void
    ) async throws {
        try await RawServer.with({ connection in
            if connection.readRequest() != nil { script(connection) }
        }) { server in
            await Outcome(wire.provider(server.url, timeouts: timeouts)).expect(expected)
        }
    }

    private func answer(_ wire: Wire, _ content: String = "Hi") -> Fault.Expected {
        let usage = wire == .ollama ? TokenUsage(promptTokens: 0, completionTokens: 0) : nil
        return .answer(Completion(content, model: "m-1", usage: usage))
    }

    private func timeouts(_ firstToken: Int, _ idle: Int) -> HTTPTimeouts {
        HTTPTimeouts(
            connect: .seconds(20), firstByte: .milliseconds(firstToken), idle: .milliseconds(idle), total: .seconds(60))
    }

    @Test("nothing for long, then an answer: idle does not count before it", arguments: Wire.allCases, [false, true])
    func slowStart(wire: Wire, headFirst: Bool) async throws {
        try await expect(answer(wire), from: wire, timeouts(20_000, 200)) { connection in
            if headFirst { connection.send(Self.head) }
            guard connection.pause(milliseconds: 600) else { return }
            connection.send((headFirst ? "" : Self.head) + wire.hi)
        }
    }

    @Test("nothing for too long", arguments: Wire.allCases, [false, true])
    func neverStarts(wire: Wire, headFirst: Bool) async throws {
        try await expect(Self.tooLate, from: wire, timeouts(300, 20_000)) { connection in
            if headFirst { connection.send(Self.head) }
            connection.waitForClose()
        }
    }

    @Test("bytes that are no content yet are no beginning", arguments: Wire.allCases)
    func noContent(wire: Wire) async throws {
        try await expect(Self.tooLate, from: wire, timeouts(400, 100)) { connection in
            connection.send(Self.head + (wire == .ollama ? "\n{\"mess" : ": hello\n\ndata: {"))
            connection.waitForClose()
        }
    }

    @Test("comments keep the line alive, and are no answer", arguments: [Wire.openAI, .openRouter])
    func commentsFirst(wire: Wire) async throws {
        try await expect(Self.tooLate, from: wire, timeouts(400, 20_000)) { connection in
            connection.send(Self.head)
            while connection.pause(milliseconds: 50), connection.send(": OPENROUTER PROCESSING\n\n") {}
        }
        try await expect(answer(wire), from: wire, timeouts(20_000, 200)) { connection in
            connection.send(Self.head)
            for _ in 0..<12 where connection.pause(milliseconds: 50) { connection.send(": OPENROUTER PROCESSING\n\n") }
            connection.send(wire.hi)
        }
    }

    @Test("comments between tokens are signs of life", arguments: [Wire.openAI, .openRouter])
    func commentsBetween(wire: Wire) async throws {
        try await expect(answer(wire), from: wire, timeouts(20_000, 500)) { connection in
            connection.send(Self.head + Chunk.event(Chunk.text("H")))
            for _ in 0..<24 where connection.pause(milliseconds: 50) { connection.send(": OPENROUTER PROCESSING\n\n") }
            connection.send(Chunk.event(Chunk.text("i")) + Chunk.event(Chunk.stop))
        }
    }

    @Test("thoughts are a beginning, and signs of life", arguments: Wire.allCases)
    func thoughts(wire: Wire) async throws {
        try await expect(answer(wire), from: wire, timeouts(1000, 500)) { connection in
            connection.send(Self.head)
            for _ in 0..<24 where connection.pause(milliseconds: 50) { connection.send(wire.thought) }
            connection.send(wire.hi)
        }
    }

    @Test("silence in the middle", arguments: Wire.allCases)
    func stall(wire: Wire) async throws {
        let silent = ProviderError(.timeout, Sentence.silent)
        try await expect(.failure(silent, handedOut: "H"), from: wire, timeouts(20_000, 300)) { connection in
            connection.send(Self.head + wire.begin("H"))
            connection.waitForClose()
        }
    }

    @Test(
        "silence after the end of the text, before the end of the stream: an answer",
        arguments: [Wire.openAI, .openRouter])
    func silentEnd(wire: Wire) async throws {
        try await expect(answer(wire), from: wire, timeouts(20_000, 300)) { connection in
            connection.send(Self.head + Chunk.event(Chunk.text("Hi", reason: "stop")))
            connection.waitForClose()
        }
    }

    @Test("one byte after the other", arguments: Wire.allCases)
    func slowly(wire: Wire) async throws {
        try await expect(answer(wire), from: wire, timeouts(20_000, 1000)) { connection in
            connection.send(Self.head)
            for byte in wire.hi.utf8 where connection.pause(milliseconds: 1) { connection.sendEach([byte]) }
        }
        var timeouts = timeouts(20_000, 1000)
        timeouts.total = .milliseconds(600)
        let late = ProviderError(.timeout, "the language model took too long to finish its answer")
        try await expect(.failure(late, handedOut: "H"), from: wire, timeouts) { connection in
            connection.send(Self.head + wire.begin("H"))
            while connection.pause(milliseconds: 50), connection.send(wire == .ollama ? " " : ":") {}
        }
    }
}

extension Wire {
    /// A whole answer of this wire.
    var hi: String {
        self == .ollama ? Chunk.line("Hi") + Chunk.done : Chunk.stream(Chunk.text("Hi"), Chunk.stop)
    }

    /// The beginning of one.
    func begin(_ text: String) -> String { self == .ollama ? Chunk.line(text) : Chunk.event(Chunk.text(text)) }

    /// A piece of what the model thinks.
    var thought: String {
        switch self {
        case .ollama: #"{"model":"m-1","message":{"content":"","thinking":"hm"}}"# + "\n"
        case .openAI: Chunk.event(#"{"model":"m-1","choices":[{"delta":{"reasoning_content":"hm"}}]}"#)
        case .openRouter: Chunk.event(#"{"model":"m-1","choices":[{"delta":{"reasoning":"hm"}}]}"#)
        }
    }
}
