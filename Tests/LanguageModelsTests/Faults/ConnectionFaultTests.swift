import FoundationEssentials
import HTTPTransport
import LanguageModels
import TestSupport
import Testing

/// PROVIDERS.md, "Transport": what the network does to every provider.
@Suite("A connection to a provider")
struct ConnectionFaultTests {
    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func failure(
        _ code: ProviderError.Code, _ sentence: String, after text: String = ""
    ) -> Fault.Expected { .failure(ProviderError(code, sentence), handedOut: text) }

    private static func answer(_ wire: Wire) -> Fault.Expected {
        let usage = wire == .ollama ? TokenUsage(promptTokens: 0, completionTokens: 0) : nil
        return .answer(Completion("Hi", model: "m-1", usage: usage))
    }

    /// - Parameter script: gets a signal that is given when a piece of the answer was handed out.
    private func expect(
        _ expected: Fault.Expected, from wire: Wire,
        _ script: @escaping @Sendable (RawServerConnection, RawServerSignal) -> Void
    ) async throws {
        let handedOut = RawServerSignal()
        try await RawServer.with({ connection in
            if connection.readRequest() != nil { script(connection, handedOut) }
        }) { server in
            let outcome = await Outcome(wire.provider(server.url)) { handedOut.fire() }
            // So that no script waits for what does not come.
            handedOut.fire()
            outcome.expect(expected)
        }
    }

    @Test("that nobody takes", arguments: Wire.allCases)
    func refused(wire: Wire) async throws {
        let base = "http://127.0.0.1:\(try RawServer.closedPort())"
        await Outcome(wire.provider(base)).expect(Self.failure(.unavailable, Sentence.unreachable))
    }

    @Test("to a name that there is not", arguments: Wire.allCases)
    func noSuchName(wire: Wire) async {
        await Outcome(wire.provider("http://nowhere.invalid"))
            .expect(Self.failure(.unavailable, Sentence.unreachable))
    }

    @Test("that is no TLS", arguments: Wire.allCases)
    func noTLS(wire: Wire) async throws {
        try await RawServer.with({ $0.answer("no") }) { server in
            await Outcome(wire.provider("https://127.0.0.1:\(server.port)"))
                .expect(Self.failure(.unavailable, "no secure connection to the language model could be made"))
        }
    }

    @Test("to somebody whose certificate nobody vouches for")
    func certificate() async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try await TestCertificates(in: directory)
            let command = try HTTPTestCommand(
                "openssl",
                ["s_server", "-accept", "0", "-www", "-cert", certificates.serverCertificate]
                    + ["-key", certificates.serverKey])
            let line = await command.line(beginning: "ACCEPT")
            let port = line?.split(separator: ":").last.flatMap { Int($0) } ?? 0
            let strict = await Outcome(Wire.openAI.provider("https://127.0.0.1:\(port)"))
            let client = HTTPClient(caFile: certificates.ca)
            let trusting = Wire.openAI.provider("https://127.0.0.1:\(port)", client: client)
            let page = await #expect(throws: ProviderError.self) { try await trusting.models() }
            command.terminate()
            await command.wait()
            strict.expect(Self.failure(.unavailable, "no secure connection to the language model could be made"))
            // With the right authority there is a connection, and at its other end a page of the server's.
            #expect(page?.code == .badAnswer && page?.status == 200)
        }
    }

    @Test("reset before the answer", arguments: Wire.allCases)
    func resetFirst(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.lost), from: wire) { connection, _ in connection.reset() }
    }

    @Test("reset after the headers", arguments: Wire.allCases)
    func resetAfterHeaders(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.lost), from: wire) { connection, _ in
            connection.send(Self.chunked)
            connection.reset()
        }
    }

    @Test("reset in the middle", arguments: Wire.allCases)
    func resetInTheMiddle(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.lost, after: "H"), from: wire) { connection, handedOut in
            connection.send(Self.chunked + Self.chunk(wire.begin("H")))
            handedOut.waitOnThread()
            connection.reset()
        }
    }

    @Test("cut short within a chunk", arguments: Wire.allCases)
    func cutShort(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.lost, after: "H"), from: wire) { connection, _ in
            connection.send(Self.chunked + Self.chunk(wire.begin("H")) + "ff\r\n" + wire.begin("xyzzy").prefix(20))
        }
    }

    @Test("cut short, but after the answer's end", arguments: Wire.allCases)
    func cutAfterTheEnd(wire: Wire) async throws {
        let last = wire == .ollama ? Chunk.done : Chunk.event(Chunk.stop)
        try await expect(Self.answer(wire), from: wire) { connection, _ in
            connection.send(Self.chunked + Self.chunk(wire.begin("Hi") + last))
        }
        // The same without the last line's end.
        let open = String(last.prefix { $0 != "\n" })
        try await expect(Self.answer(wire), from: wire) { connection, _ in
            connection.send(Self.chunked + Self.chunk(wire.begin("Hi") + open))
        }
    }

    @Test("shorter than its length", arguments: Wire.allCases)
    func shorterThanItsLength(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.lost, after: "H"), from: wire) { connection, _ in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + wire.begin("H"))
        }
    }

    @Test("to a gateway with a page", arguments: Wire.allCases)
    func page(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.unavailable), from: wire) { connection, _ in
            connection.answer("<html>xyzzy</html>", status: "502 Bad Gateway", headers: ["Content-Type: text/html"])
        }
    }

    @Test(
        "that is sent elsewhere", arguments: Wire.allCases,
        ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
    func redirect(wire: Wire, status: String) async throws {
        try await expect(Self.failure(.badAnswer, Sentence.nobody(wire.rawValue)), from: wire) { connection, _ in
            connection.answer("", status: status, headers: ["Location: /xyzzy"])
            #expect(connection.readRequest() == nil)
        }
    }

    @Test("whose body is compressed", arguments: Wire.allCases)
    func gzip(wire: Wire) async throws {
        let body = Gzip.stored(Array(wire.hi.utf8))
        try await expect(Self.answer(wire), from: wire) { connection, _ in
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n")
            connection.sendEach(body)
        }
    }

    @Test("with headers of 1 MiB", arguments: Wire.allCases)
    func headers(wire: Wire) async throws {
        try await expect(Self.failure(.badAnswer, Sentence.tooLarge), from: wire) { connection, _ in
            connection.send("HTTP/1.1 200 OK\r\n")
            let line = "x-filler: " + String(repeating: "x", count: 1 << 14) + "\r\n"
            for _ in 0..<80 { connection.send(line) }
            connection.send("\r\n")
            connection.waitForClose()
        }
    }

    @Test("whose body has no end", arguments: Wire.allCases)
    func endless(wire: Wire) async throws {
        // One line; a comment, or white space, without content; and an answer that goes on and on.
        let filler = String(repeating: "x", count: 1 << 16)
        for piece in [filler, wire.begin(filler)] {
            try await RawServer.with({ connection in
                guard connection.readRequest() != nil, connection.send("HTTP/1.1 200 OK\r\n\r\n") else { return }
                while connection.send(piece) {}
            }) { server in
                let outcome = await Outcome(wire.provider(server.url))
                outcome.expect(Self.failure(.badAnswer, Sentence.tooLarge, after: outcome.text))
                #expect(outcome.text.utf8.count <= 9 << 20)
            }
        }
    }

    @Test("whose refusal has no end", arguments: Wire.allCases)
    func endlessRefusal(wire: Wire) async throws {
        try await expect(Self.failure(.unavailable, Sentence.unavailable), from: wire) { connection, _ in
            connection.send("HTTP/1.1 500 Internal Server Error\r\n\r\n")
            while connection.send("xyzzy xyzzy xyzzy\n") {}
        }
    }

    private static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n" }
}

/// A gzip member whose data is stored as it is (RFC 1951 section 3.2.4, RFC 1952).
enum Gzip {
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
        let length = UInt16(bytes.count)
        return head + little(length) + little(~length) + bytes + little(checksum(bytes)) + little(UInt32(bytes.count))
    }

    private static func little(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}
