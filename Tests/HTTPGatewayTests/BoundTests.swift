import Foundation
import GatewayCore
import HTTPGateway
import HTTPServing
import HTTPTransport
import JSON
import Settings
import TestSupport
import Testing

@Suite("Gateway: bounds", .timeLimit(.minutes(2)))
struct BoundTests {
    @Test("A body beyond the bound is refused in OpenAI's shape")
    func bodyBound() async throws {
        try await Stage.with(GatewaySettings().with { $0.maxBodyBytes = 2000 }) { stage in
            let got = try await stage.chat(String(repeating: "a", count: 2000))
            #expect(got.status == 413)
            #expect(got["error", "code"] == .string("request_too_large"))
            #expect(try await stage.chat("hello").status == 200)
        }
    }

    @Test(
        "Who sends half a request, or a byte now and then, is cut off",
        arguments: [
            "", "GET /healthz HTT", "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX: ",
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n{",
        ])
    func slowLoris(beginning: String) async throws {
        try await Stage.with(GatewaySettings().with { $0.receiveTimeout = .seconds(1) }) { stage in
            let connection = try RawClient(port: stage.gateway.port)
            connection.send(beginning)
            let ended = Task { await connection.read() }
            // A byte now and then is no silence.
            let sending = Task {
                while !Task.isCancelled, connection.send("a") { _ = try await stage.get("/healthz") }
            }
            #expect(await !ended.value.contains(" 200 "))
            sending.cancel()
            _ = await sending.result
            #expect(try await stage.get("/healthz").status == 200)
        }
    }

    @Test("More connections than there is room for wait, and others are answered again when they end")
    func manyConnections() async throws {
        try await Stage.with(GatewaySettings().with { ($0.maxConnections, $0.receiveTimeout) = (20, .seconds(1)) }) {
            stage in
            let idle = try (0..<200).map { _ in try RawClient(port: stage.gateway.port) }
            // Each of the idle ones is cut off in its turn, and makes room.
            for connection in idle { connection.close() }
            #expect(try await stage.get("/healthz").status == 200)
        }
    }

    @Test("Requests on one connection are answered in their order, also when sent at once")
    func pipelining() async throws {
        try await Stage.with { stage in
            let connection = try RawClient(port: stage.gateway.port)
            let body = Stage.request("first")
            connection.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let text = await connection.read()
            let order = ["echo: first", "\r\n\r\nok\n", "unknown_url"].map { text.range(of: $0)?.lowerBound }
            #expect(order.allSatisfy { $0 != nil })
            #expect(order.compactMap { $0 } == order.compactMap { $0 }.sorted())
        }
    }

    @Test("Many streams at once, each whole")
    func manyStreams() async throws {
        try await Stage.with { stage in
            let next = RawServerSignal()
            stage.models.when("story", .say(["Once ", "upon"], next))
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        var text = ""
                        for try await piece in try await stage.stream("story").body {
                            text += String(decoding: piece, as: UTF8.self)
                        }
                        return text
                    }
                }
                while stage.models.questions.count < 200 { await Task.yield() }
                next.fire()
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(texts.count == 200)
            #expect(texts.allSatisfy { Events($0).content == "Once upon" && Events($0).texts.last == "[DONE]" })
        }
    }
}
