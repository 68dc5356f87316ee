import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: the time to the first content", .timeLimit(.minutes(1)))
struct ContentTimeoutTests {
    /// Sends a head and `pieces`, and then nothing until the client closes.
    ///
    /// - Parameter gap: How long the line is silent before each piece but the first, in milliseconds.
    private static func send(_ pieces: [String], gap: Int32) -> RawServer.Script {
        { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            for (number, piece) in pieces.enumerated() {
                if number > 0, !connection.pause(milliseconds: gap) { return }
                guard connection.send(piece) else { return }
            }
            connection.waitForClose()
        }
    }

    private static func timeouts(firstByte: Duration, idle: Duration) -> HTTPTimeouts {
        HTTPTimeouts(connect: nil, firstByte: firstByte, idle: idle, total: nil)
    }

    /// The error at the end of a stream, and when it came.
    private func end(
        _ pieces: [String], gap: Int32, _ timeouts: HTTPTimeouts, firstByteIsContent: Bool = false,
        _ onChunk: @Sendable (HTTPBody, [UInt8]) async throws -> Void = { _, _ in }
    ) async throws -> (error: HTTPError?, elapsed: Duration) {
        try await RawServer.with(Self.send(pieces, gap: gap)) { server in
            try await withClient { client in
                let start = ContinuousClock.now
                do {
                    let request = HTTPRequest(
                        .get, server.url, timeouts: timeouts, firstByteIsContent: firstByteIsContent)
                    let body = try await client.stream(request).body
                    for try await chunk in body { try await onChunk(body, chunk) }
                    return (nil, .now - start)
                } catch let error as HTTPError { return (error, .now - start) }
            }
        }
    }

    @Test("Comments that keep coming are no content", arguments: [Duration.seconds(20), .milliseconds(50)])
    func comments(idle: Duration) async throws {
        let (error, elapsed) = try await end(
            Array(repeating: ": still there\n\n", count: 100), gap: 20,
            Self.timeouts(firstByte: .milliseconds(300), idle: idle))
        #expect(error?.code == .firstByteTimeout)
        #expect(error?.afterFirstByte == true)
        #expect(elapsed >= .milliseconds(300))
        #expect(elapsed < .seconds(5))
    }

    @Test("One comment, and a silence longer than the idle timeout: that does not count yet")
    func silenceBeforeContent() async throws {
        let (error, elapsed) = try await end(
            [": hello\n\n"], gap: 0, Self.timeouts(firstByte: .milliseconds(400), idle: .milliseconds(50)))
        #expect(error?.code == .firstByteTimeout)
        #expect(elapsed >= .milliseconds(400))
        #expect(elapsed < .seconds(5))
    }

    @Test("After the content began the silence counts, from the last byte of whatever kind")
    func idleAfterContent() async throws {
        let (error, elapsed) = try await end(
            [": hello\n\n", "data: 1\n\n", ": still there\n\n"], gap: 150,
            Self.timeouts(firstByte: .seconds(40), idle: .milliseconds(500))
        ) { body, chunk in
            // Alone or together with what came before and after it.
            if chunk.contains(UInt8(ascii: "1")) { body.contentBegan() }
        }
        #expect(error?.code == .idleTimeout)
        #expect(elapsed >= .milliseconds(800))
        #expect(elapsed < .seconds(5))
    }

    @Test("Content that is noticed after a silence longer than the idle timeout: the loop is told")
    func contentNoticedLate() async throws {
        let (error, elapsed) = try await end(
            ["data: 1\n\n"], gap: 0, Self.timeouts(firstByte: .seconds(40), idle: .milliseconds(50))
        ) { body, _ in
            try await Task.sleep(for: .milliseconds(200))
            body.contentBegan()
        }
        #expect(error?.code == .idleTimeout)
        #expect(elapsed < .seconds(5))
    }

    @Test("A long answer outlasts the first timeout")
    func longAnswer() async throws {
        let (error, elapsed) = try await end(
            Array(repeating: "data: 1\n\n", count: 20), gap: 100,
            Self.timeouts(firstByte: .milliseconds(1500), idle: .milliseconds(900))
        ) { body, _ in body.contentBegan() }
        #expect(error?.code == .idleTimeout, "after the last piece")
        #expect(elapsed >= .milliseconds(2800))
    }

    @Test("The idle timeout counts from the bytes, not from when the loop went to sleep")
    func slowDrip() async throws {
        let (error, elapsed) = try await end(
            Array(repeating: "data: 1\n\n", count: 3), gap: 400,
            Self.timeouts(firstByte: .seconds(40), idle: .milliseconds(700)), firstByteIsContent: true)
        #expect(error?.code == .idleTimeout)
        #expect(elapsed >= .milliseconds(1500))
    }

    @Test("A collected answer has nobody to say more: its first byte counts")
    func collected() async throws {
        try await RawServer.with(Self.send(["abc"], gap: 0)) { server in
            let request = HTTPRequest(
                .get, server.url, timeouts: Self.timeouts(firstByte: .seconds(40), idle: .milliseconds(60)),
                firstByteIsContent: false)
            let error = try await withClient { await $0.failure(request) }
            #expect(error?.code == .idleTimeout)
        }
    }
}
