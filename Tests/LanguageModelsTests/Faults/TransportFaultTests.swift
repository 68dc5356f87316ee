import FoundationEssentials
import HTTPServing
import HTTPTransport
import LanguageModels
import ServiceRuntime
import Testing

@Suite("What the network does to a provider")
struct TransportFaultTests {
    private func complete(
        _ base: String, _ timeouts: HTTPTimeouts = HTTPTimeouts(within: .seconds(120))
    ) async throws -> Completion {
        var settings = ProviderSettings(.ollama)
        settings.baseURL = base
        settings.timeouts = timeouts
        return try await OllamaProvider(settings, client: .shared)
            .complete(CompletionRequest(.messages([ChatMessage(.user, "x")])), deltas: nil)
    }

    private func failure(_ base: String, _ timeouts: HTTPTimeouts? = nil) async throws -> ProviderError {
        try #require(
            await #expect(throws: ProviderError.self) {
                if let timeouts { try await complete(base, timeouts) } else { try await complete(base) }
            })
    }

    @Test("nobody there")
    func refused() async throws {
        let base = try await withServer(200, "") { base, _ in base }
        let error = try await failure(base)
        #expect(error.code == .unavailable)
        #expect(error.description == "the language model is not reachable right now")
        #expect(!error.description.contains("127.0.0.1"))
    }

    @Test("a page in place of an answer", arguments: [500, 502, 503])
    func html(status: Int) async throws {
        try await withServer(status, "<html>\u{1B}[31m Bad Gateway</html>") { base, _ in
            let error = try await failure(base)
            #expect(error.code == .unavailable)
            #expect(error.status == status)
            #expect(!error.description.contains("html"))
            #expect(error.detail == "<html>\\u{1B}[31m Bad Gateway</html>")
        }
    }

    @Test("a redirect")
    func redirect() async throws {
        try await withServer(302, "", headers: [(name: "Location", value: "/elsewhere")]) { base, received in
            let error = try await failure(base)
            #expect(error.code == .badAnswer)
            #expect(received.all.count == 1)
        }
    }

    @Test("silence before the answer")
    func stall() async throws {
        try await withServer({ request in
            await request.closed()
            return HTTPServerResponse()
        }) { base, _ in
            let timeouts = HTTPTimeouts(connect: .seconds(5), firstByte: .milliseconds(100), idle: nil, total: nil)
            let error = try await failure(base, timeouts)
            #expect(error.code == .timeout)
            #expect(error.description == "the language model took too long to answer")
        }
    }

    @Test("silence in the middle of the answer")
    func stallInTheMiddle() async throws {
        try await withServer({ request in
            HTTPServerResponse { writer in
                try await writer.write(#"{"message":{"content":"Hi"}}"# + "\n")
                await request.closed()
            }
        }) { base, _ in
            let timeouts = HTTPTimeouts(
                connect: .seconds(5), firstByte: .seconds(120), idle: .milliseconds(100), total: nil)
            let error = try await failure(base, timeouts)
            #expect(error.code == .timeout)
            #expect(error.description == "the language model stopped in the middle of its answer")
        }
    }

    @Test("an answer cut short")
    func cutShort() async throws {
        struct Broken: Error {}
        try await withServer({ _ in
            HTTPServerResponse { writer in
                try await writer.write(#"{"message":{"content":"half"#)
                throw Broken()
            }
        }) { base, _ in
            let error = try await failure(base)
            #expect(error.code == .unavailable)
            #expect(error.description == "the connection to the language model was lost")
        }
    }

    @Test("an answer without end")
    func endless() async throws {
        try await withServer({ _ in
            HTTPServerResponse { writer in
                let piece = Data(repeating: UInt8(ascii: " "), count: 1 << 16)
                while true { try await writer.write(piece) }
            }
        }) { base, _ in
            let error = try await failure(base)
            #expect(error.code == .badAnswer)
            #expect(error.description == "the language model's answer was too large")
        }
    }

    @Test("a caller who gives up: the connection is closed")
    func cancelled() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        try await withServer({ request in
            start.yield()
            await request.closed()
            end.yield()
            return HTTPServerResponse()
        }) { base, _ in
            let task = Task { try await complete(base, HTTPTimeouts(within: .seconds(60))) }
            for await _ in started.prefix(1) {}
            task.cancel()
            for await _ in ended.prefix(1) {}
            let result = await task.result
            let error = #expect(throws: ProviderError.self) { try result.get() }
            #expect(error?.code == .cancelled)
        }
    }
}
