import HTTPTransport
import LanguageModels
import TestSupport
import Testing

@Suite("The connection of a streamed answer")
struct KeptConnectionTests {
    @Test("is kept, and the answer is there before the server ends it", .timeLimit(.minutes(1)))
    func kept() async throws {
        let answered = RawServerSignal()
        let events = #"data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n"
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil {
                let size = String(events.utf8.count, radix: 16)
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\n\(events)\r\n")
                answered.waitOnThread()
                connection.send("0\r\n\r\n")
            }
        }
        try await RawServer.with(script) { server in
            // One connection: who comes next waits for it.
            let client = HTTPClient(maxConnections: 1)
            let provider = Wire.openAI.provider(server.url, client: client)
            for _ in 0..<2 {
                let answer = try await provider.complete(CompletionRequest(.text("x", system: nil)), deltas: nil)
                #expect(answer.content == "Hi")
                answered.fire()
            }
            #expect(server.accepted == 1)
            await client.shutDown()
        }
    }
}
