import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: cancel and shut down", .timeLimit(.minutes(1)))
struct CancellationTests {
    /// A server that says when it has a request and when the client has closed, and answers nothing.
    private final class Silence: Sendable {
        let asked = RawServerSignal()
        let closed = RawServerSignal()

        var script: RawServer.Script {
            { connection in
                guard connection.readRequest() != nil else { return }
                self.asked.fire()
                connection.waitForClose()
                self.closed.fire()
            }
        }
    }

    @Test("Cancelled in the middle: the server sees the connection closed")
    func during() async throws {
        let silence = Silence()
        try await RawServer.with(silence.script) { server in
            try await withClient { client in
                let task = Task { await client.failure(HTTPRequest(.get, server.url, timeouts: .none)) }
                await silence.asked.wait()
                task.cancel()
                #expect(await task.value?.code == .cancelled)
                await silence.closed.wait()
            }
        }
    }

    @Test("Cancelled before: nothing is sent")
    func before() async throws {
        let script: RawServer.Script = { _ in }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let gate = RawServerSignal()
                let task = Task {
                    await gate.wait()
                    return await client.failure(HTTPRequest(.get, server.url, timeouts: .none))
                }
                task.cancel()
                gate.fire()
                #expect(await task.value?.code == .cancelled)
            }
            #expect(server.accepted == 0)
        }
    }

    @Test("Cancelled at any moment: one end each, and the client goes on")
    func atAnyMoment() async throws {
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil { connection.answer("yes") }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let request = HTTPRequest(.get, server.url, timeouts: .none)
                for round in 0..<300 {
                    let task = Task { await client.failure(request)?.code }
                    for _ in 0..<round { await Task.yield() }
                    task.cancel()
                    let code = await task.value
                    #expect(code == nil || code == .cancelled)
                }
                #expect(await client.failure(request) == nil)
            }
        }
    }

    @Test("While a name is looked up, and while a connection is made")
    func whileConnecting() async throws {
        try await withClient { client in
            for url in ["http://nosuchhost.invalid/", "http://127.0.0.1:1/"] {
                for _ in 0..<20 {
                    let task = Task { await client.failure(HTTPRequest(.get, url)) }
                    await Task.yield()
                    task.cancel()
                    #expect(await task.value != nil)
                }
            }
        }
    }

    @Test func shutDownEndsAll() async throws {
        let silence = Silence()
        try await RawServer.with(silence.script) { server in
            let client = HTTPClient()
            let request = HTTPRequest(.get, server.url, timeouts: .none)
            let tasks = (0..<20).map { _ in Task { await client.failure(request)?.code } }
            await silence.asked.wait()
            async let again: Void = client.shutDown()
            await client.shutDown()
            await again
            for task in tasks { #expect(await task.value == .shutDown) }
            #expect(await client.failure(request)?.code == .shutDown)
            await client.shutDown()
        }
    }

    @Test("A client that was never used, and one that nobody shuts down")
    func lifetimes() async throws {
        await HTTPClient().shutDown()
        _ = HTTPClient()
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil { connection.answer("yes") }
            connection.closed.fire()
        }
        let closed = RawServerSignal()
        try await RawServer.with({
            script($0)
            closed.fire()
        }) { server in
            var client: HTTPClient? = HTTPClient()
            #expect(await client?.failure(HTTPRequest(.get, server.url)) == nil)
            client = nil
            // Its thread and its kept connection go with it.
            await closed.wait()
        }
    }
}
