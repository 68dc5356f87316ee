import Foundation
import JSON
import TestSupport
import Testing

@Suite("The program's answers, word by word")
struct StreamedAnswerTests {
    private static let configuration = #"{"default_provider": "ollama", "providers": {"ollama": {"base_url": "URL"}}}"#

    /// Says its words in two halves: the second one when `go` is given. Breaks off then, where it is asked to.
    private static func story(_ go: RawServerSignal) -> RawServer.Script {
        { connection in
            while let request = connection.readRequest() {
                if request.head.hasPrefix("GET") {
                    connection.answer(#"{"models":[]}"#)
                    continue
                }
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
                connection.chunk(line("Once \u{1B}", for: request))
                go.waitOnThread()
                if String(decoding: request.body, as: UTF8.self).contains("break") { return }
                connection.chunk(line("[31mupon", for: request))
                connection.chunk(line("", for: request, isLast: true))
                connection.send("0\r\n\r\n")
            }
        }
    }

    private static func line(_ text: String, for request: RawServerConnection.Request, isLast: Bool = false) -> String {
        let bytes = JSONWriter.object { writer in
            if request.head.hasPrefix("POST /api/chat ") {
                writer.field("message") { $0.object { $0.field("content", text) } }
            } else {
                writer.field("response", text)
            }
            writer.field("done", isLast)
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// Runs a command of the client up to the first word, gives the sign, and then to its end.
    private func run(_ arguments: [String], input: String? = nil) async throws -> Child.Seen {
        let go = RawServerSignal()
        return try await RawServer.with(Self.story(go)) { provider in
            // Whatever comes of it, the provider's thread ends.
            defer { go.fire() }
            let result = Result()
            let text = Self.configuration.replacing("URL", with: provider.url)
            try await withService(text) { _, server in
                let child = try Child(arguments + ["--nats", server.url], input: input)
                defer { child.signal(SIGKILL) }
                let early = try await child.wait { !$0.out.isEmpty || $0.exit != nil }
                #expect(early.out == "Once ")
                #expect(early.exit == nil)
                go.fire()
                result.set(try await child.ended())
            }
            return try #require(result.seen)
        }
    }

    private final class Result: @unchecked Sendable {
        // SAFETY: read and written under the lock only.
        private let lock = NSLock()
        private var value: Child.Seen?
        func set(_ seen: Child.Seen) { lock.withLock { value = seen } }
        var seen: Child.Seen? { lock.withLock { value } }
    }

    @Test("come from ask before the provider has sent the last one, without control sequences")
    func ask() async throws {
        let seen = try await run(["ask", "a", "story"])
        #expect((seen.exit, seen.out, seen.err) == (0, "Once [31mupon\n", ""))
    }

    @Test("come from chat, too")
    func chat() async throws {
        let seen = try await run(["chat", "--channel", "c"], input: "a story\n/reset\n")
        #expect(
            (seen.exit, seen.out, seen.err)
                == (0, "Once [31mupon\nConversation context reset (2 messages cleared).\n", ""))
    }

    @Test("have their line ended where they break off; then the error is said, and the exit code is that of an error")
    func broken() async throws {
        let ask = try await run(["ask", "a", "break"])
        #expect((ask.exit, ask.out) == (69, "Once \n"))
        #expect(ask.err.contains("rosey-llm: Provider error: "))
        let chat = try await run(["chat"], input: "a break\n")
        #expect((chat.exit, chat.out) == (69, "Once \n"))
        #expect(chat.err.contains("rosey-llm: Provider error: "))
        #expect(chat.err.contains("not every line got an answer"))
    }
}

extension RawServerConnection {
    fileprivate func chunk(_ text: String) { send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n") }
}
