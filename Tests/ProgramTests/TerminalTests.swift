import Foundation
import JSON
import NATSClient
import TestSupport
import Testing

@Suite("chat in a terminal, ask in a pipe", .timeLimit(.minutes(2)))
struct TerminalTests {
    /// Somebody called ann in the channel c.
    private func withChat(
        _ body: @escaping @Sendable (PseudoTerminal, NATSTestServer, _ home: URL) async throws -> Void
    ) async throws {
        try await withService(configuration()) { _, server in
            try await withTemporaryDirectory { home in
                let chat = try PseudoTerminal(
                    ["chat", "--nats", server.url, "--channel", "c", "--user", "ann"], home: home)
                try await chat.shows("ann> ")
                try await body(chat, server, home)
            }
        }
    }

    @Test("lines are edited, kept for their owner alone, and come back; commands are completed")
    func editing() async throws {
        try await withChat { chat, server, home in
            // Three keys back, two letters changed.
            chat.type("quxxk\u{1B}[D\u{7F}\u{7F}ic\r")
            try await chat.shows("quickly")
            chat.type("/per\t\r")
            try await chat.shows("Available personas")
            chat.type("/quit\r")
            #expect(try await chat.ended() == 0)
            let file = home.appending(path: ".local/state/rosey-llm/history")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try String(contentsOf: file, encoding: .utf8).contains("quick\n"))

            let again = try PseudoTerminal(["chat", "--nats", server.url, "--user", "ann"], home: home)
            try await again.shows("ann> ")
            // Up: the last line was /quit, the one before it the command, the one before that the question.
            again.type("\u{1B}[A\u{1B}[A\u{1B}[A\r")
            try await again.shows("quickly")
            again.type("\u{4}")
            #expect(try await again.ended() == 0)
        }
    }

    @Test("a pasted block is one message, in brackets or at once")
    func paste() async throws {
        try await withChat { chat, server, _ in
            try await Client.with(server) { client in
                let requests = try await client.listen("llm.request")
                chat.type("\u{1B}[200~one\rtwo\rthree\u{1B}[201~")
                try await chat.shows("three")
                chat.type("\r")
                #expect(try await requests.take(1)[0]["message"]?.string == "one\ntwo\nthree")
                chat.type("four\nfive\nsix\n")
                #expect(try await requests.take(1)[0]["message"]?.string == "four\nfive\nsix")
            }
        }
    }

    /// A service whose provider begins an answer, and never goes on with it.
    /// - Parameter body: is told when the provider's connection is closed.
    private func withHesitation(
        _ body:
            @escaping @Sendable (NATSTestServer, _ asked: RawServerSignal, _ closed: RawServerSignal) async throws ->
            Void
    ) async throws {
        let (asked, closed) = (RawServerSignal(), RawServerSignal())
        try await RawServer.with({ connection in
            while let request = connection.readRequest() {
                guard request.head.hasPrefix("POST") else {
                    connection.answer(#"{"data":[{"id":"m"}]}"#)
                    continue
                }
                connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                connection.send(#"data: {"choices":[{"delta":{"content":"Once upon"}}]}"# + "\n\n")
                asked.fire()
                connection.waitForClose()
                return closed.fire()
            }
        }) { provider in
            let text = """
                {"default_provider": "p", "providers": {"p": {
                    "type": "openai", "base_url": "\(provider.url)", "api_key": "k", "default_model": "m"}}}
                """
            try await withService(text) { _, server in try await body(server, asked, closed) }
        }
    }

    /// Somebody who has asked, and sees the beginning of the answer.
    private func withBegunAnswer(
        _ body: @escaping @Sendable (PseudoTerminal, _ closed: RawServerSignal) async throws -> Void
    ) async throws {
        try await withHesitation { server, _, closed in
            try await withTemporaryDirectory { home in
                let chat = try PseudoTerminal(["chat", "--nats", server.url, "--user", "ann"], home: home)
                try await chat.shows("ann> ")
                chat.type("tell me\r")
                try await chat.shows("Once upon")
                try await body(chat, closed)
            }
        }
    }

    @Test("Ctrl-C stops the answer, and the provider is told; a second one leaves")
    func interrupt() async throws {
        try await withBegunAnswer { chat, closed in
            chat.type("\u{3}")
            try await chat.shows("cancelled")
            await closed.wait()
            chat.type("\u{3}")
            #expect(try await chat.ended() == 130)
        }
    }

    @Test("Ctrl-Z stops the program with the terminal as it was, and the line is there again afterwards")
    func suspended() async throws {
        try await withChat { chat, _, _ in
            chat.type("qui")
            try await chat.shows("qui")
            #expect(!chat.isCooked)
            chat.type("\u{1A}")
            try await chat.shows("\u{1B}[?2004l")
            try await chat.stopped()
            #expect(chat.isCooked)
            kill(chat.foreground, SIGCONT)
            try await chat.shows("\u{1B}[?2004h")
            try await chat.shows("ann> qui")
            #expect(!chat.isCooked)
            chat.type("ck\r")
            try await chat.shows("quickly")
        }
    }

    @Test("two chats at once both keep their lines")
    func sharedHistory() async throws {
        try await withChat { chat, server, home in
            let other = try PseudoTerminal(
                ["chat", "--nats", server.url, "--channel", "d", "--user", "bob"], home: home)
            try await other.shows("bob> ")
            for (terminal, line) in [(chat, "quick one"), (other, "quick two"), (chat, "quick three")] {
                terminal.type(line + "\r")
                try await terminal.shows("quickly")
            }
            let file = home.appending(path: ".local/state/rosey-llm/history")
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
            #expect(lines.map { $0.replacing("\\040", with: " ") } == ["quick one", "quick two", "quick three"])
        }
    }

    @Test("a block that is too long says so")
    func longPaste() async throws {
        try await withChat { chat, _, _ in
            chat.type("\u{1B}[200~")
            for _ in 0..<70 { chat.type(String(repeating: "x", count: 1000)) }
            chat.type("\u{1B}[201~")
            try await chat.shows("its last \(70_000 - 65_536) bytes are left out")
        }
    }

    @Test(
        "the exit code tells which signal ended a chat or a question",
        arguments: [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130)] as [(Int32, Int32)])
    func signals(signal: Int32, code: Int32) async throws {
        try await withChat { chat, _, _ in
            kill(chat.foreground, signal)
            let exit = try await chat.ended()
            #expect(exit == code)
        }
        try await withHesitation { server, asked, _ in
            let child = try Child(["ask", "tell me", "--nats", server.url])
            defer { child.signal(SIGKILL) }
            await asked.wait()
            child.signal(signal)
            #expect(try await child.ended().exit == code)
        }
    }

    @Test("a question where only terminals listen is told so at once")
    func nobodyAnswers() async throws {
        try await withNATSServer { server in
            try await Client.with(server) { client in
                _ = try await client.listen("llm.request", "rosey.command.chat")
                for command in ["ask", "chat"] {
                    let seen = try await Child.run(command, "--nats", server.url, input: "quick\n")
                    #expect(seen.exit == 69)
                    #expect(seen.err.contains("No rosey-llm listens"), "\(seen.err)")
                }
            }
        }
    }

    @Test("/stop works while an answer streams")
    func stop() async throws {
        try await withBegunAnswer { chat, closed in
            chat.type("/stop\r")
            try await chat.shows("Stopped")
            await closed.wait()
        }
    }

    @Test("what others say in the channel is seen, and what they say elsewhere is not")
    func others() async throws {
        try await withChat { chat, server, _ in
            try await Client.with(server) { client in
                for (channel, text) in [("d", "elsewhere"), ("c", "hello there")] {
                    let request =
                        #"{"action":"chat","channel_id":"\#(channel)","username":"bob","message":"quick \#(text)"}"#
                    try client.connection.publish(Array(request.utf8), to: "llm.request")
                }
                let before = try await chat.shows("bob: quick hello there")
                #expect(!before.contains("elsewhere"))
                try await chat.shows("bob is told: quickly")
            }
        }
    }

    @Test("/help speaks of what works here, !chat works, and an unknown command is an error")
    func commands() async throws {
        try await withChat { chat, _, _ in
            chat.type("/help\r")
            let help = try await chat.shows("/quit")
            #expect(help.contains("/persona [name]"))
            #expect(!help.contains("!chat reset"), "\(help)")
            chat.type("!chat quick\r")
            try await chat.shows("quickly")
            chat.type("!chat persona technical\r")
            try await chat.shows("Persona changed to: technical")
            chat.type("/persna concise\r")
            try await chat.shows("unknown command /persna (did you mean /persona?)")
        }
    }

    @Test("ask reads standard input, alone, after the text, and where - stands")
    func askFromAPipe() async throws {
        try await withService(configuration()) { _, server in
            try await Client.with(server) { client in
                let requests = try await client.listen("llm.request")
                for (words, message) in [([], "quick"), (["-"], "quick"), (["be"], "be\n\nquick")] {
                    let ask = try Child(["ask", "--nats", server.url] + words, input: "quick\n")
                    let seen = try await ask.ended()
                    #expect((seen.exit, seen.out) == (0, "quickly\n"), "\(seen.err)")
                    #expect(try await requests.take(1)[0]["message"]?.string == message)
                }
            }
            let nothing = try await Child.run("ask", "--nats", server.url, "-", input: " \n")
            #expect(nothing.exit == 64)
        }
    }

    @Test("Ctrl-C ends ask with 130, and a chat through a pipe, and the provider is told", arguments: ["ask", "chat"])
    func interruptedInAPipe(command: String) async throws {
        try await withHesitation { server, asked, closed in
            let child = try Child([command, "--nats", server.url], input: "tell me\n")
            defer { child.signal(SIGKILL) }
            await asked.wait()
            child.signal(SIGINT)
            #expect(try await child.ended().exit == 130)
            await closed.wait()
        }
    }

    @Test("a chat through a pipe goes on after an unknown command, and says so at its end")
    func pipe() async throws {
        try await withService(configuration()) { _, server in
            let seen = try await Child.run(
                "chat", "--nats", server.url, input: "quick\n/nosuch\n!chat persona technical\nquick\n")
            #expect(seen.exit == 69)
            #expect(seen.out == "quickly\nPersona changed to: technical\nquickly\n")
            #expect(seen.err.contains("unknown command /nosuch"))
        }
    }
}
