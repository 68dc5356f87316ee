import Foundation
import JSON
import TestSupport
import Testing

@Suite("The program's commands")
struct CommandTests {
    @Test("help and version go to standard output")
    func help() async throws {
        let help = try await Child.run("--help")
        #expect(help.exit == 0)
        #expect(help.out.contains("Usage: rosey-llm [COMMAND] [options]"))
        #expect(help.out.contains("Exit codes:"))
        #expect(help.err.isEmpty)
        let ask = try await Child.run("ask", "--help")
        #expect(ask.exit == 0)
        #expect(ask.out.contains("ask [options] [TEXT"))
        let version = try await Child.run("--version")
        #expect(version.exit == 0)
        #expect(version.out.contains { $0.isNumber })
        #expect(version.err.isEmpty)
    }

    @Test(
        "a wrong command line is told, with the nearest name, and ends with 64",
        arguments: [
            (["--confg", "x"], "unknown option --confg (did you mean --config?)"),
            (["srve"], #"unknown command "srve" (did you mean serve?)"#),
            (["ask"], "ask needs a question"),
            (["serve", "--log-level", "loud"], #"--log-level: expected debug, info, warning or error, got "loud""#),
            (["serve", "--nats", "nats://127.0.0.1:1", "--embedded-nats"], "contradict each other"),
            (["bench", "--concurrency", "many"], "--concurrency: expected a whole number"),
        ])
    func usage(arguments: [String], text: String) async throws {
        let child = try Child(arguments)
        let seen = try await child.ended()
        #expect(seen.exit == 64)
        #expect(seen.err.contains(text), "\(seen.err)")
        #expect(seen.out.isEmpty)
        // The program's name once, not before every other word.
        #expect(!seen.err.contains("rosey-llm: rosey-llm:"))
    }

    @Test("a foul configuration is told all at once, with paths, and ends with 78")
    func foul() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "config.json")
            try """
            {"default_provider": "nobody", "nats": {"servers": ["ftp://x"]},
             "providers": {"ollama": {"timeout": "soon", "base_url": 7}},
             "service": {"max_queue": -1, "default_persona": "bogus"}, "logging": {"level": "loud"}}
            """.write(to: file, atomically: true, encoding: .utf8)
            for command in ["serve", "check", "models"] {
                let seen = try await Child.run(command, "--config", file.path)
                #expect(seen.exit == 78)
                for path in [
                    "default_provider", "nats.servers[0]", "providers.ollama.timeout", "providers.ollama.base_url",
                    "service.max_queue", "service.default_persona", "logging.level",
                ] { #expect(seen.err.contains("\(path): "), "\(path) in \(seen.err)") }
            }
            let missing = try await Child.run("serve", "--config", "/nonexistent/config.json")
            #expect(missing.exit == 78)
            #expect(missing.err.contains("/nonexistent/config.json"))
        }
    }

    @Test("ask prints the answer and nothing else, chat answers line by line, bench measures")
    func client() async throws {
        try await withService { _, server in
            let nats = server.url
            let ask = try await Child.run("ask", "--nats", nats, "be", "quick")
            #expect((ask.exit, ask.out, ask.err) == (0, "quickly\n", ""))
            let slow = try await Child.run("ask", "--nats", nats, "--timeout", "0.2", "never")
            #expect(slow.exit == 69)
            #expect(slow.out.isEmpty)
            #expect(slow.err.contains("0.2 s"))
            let wrong = try await Child.run("ask", "--nats", nats, "--model", "bogus", "quick")
            #expect(wrong.exit == 69)
            #expect(wrong.err.contains("bogus"))
            let chat = try await Child.run(
                "chat", "--nats", nats, "--channel", "c", input: "quick\n\n/persona technical\n/reset\n/quit\nquick\n")
            #expect(chat.exit == 0)
            #expect(
                chat.out == "quickly\nPersona changed to: technical\nConversation context reset (2 messages cleared).\n"
            )
            let bench = try await Child.run("bench", "--nats", nats, "--seconds", "1", "--concurrency", "4")
            #expect(bench.exit == 0)
            for name in ["requests/s", "p50", "p99", "errors        0", "unanswered    0"] {
                #expect(bench.out.contains(name), "\(bench.out)")
            }
        }
    }

    @Test("without a service, or without NATS, the client's commands say what to do and end with 69")
    func nobody() async throws {
        try await withNATSServer { server in
            let ask = try await Child.run("ask", "--nats", server.url, "hello")
            #expect(ask.exit == 69)
            #expect(ask.out.isEmpty)
            #expect(ask.err.contains("No rosey-llm listens on"))
            #expect(ask.err.contains("rosey-llm serve --nats"))
        }
        let nats = "nats://127.0.0.1:\(try RawServer.closedPort())"
        let ask = try await Child.run("ask", "--nats", nats, "hello")
        #expect(ask.exit == 69)
        #expect(ask.err.contains("No NATS server answers at \(nats)"))
        let check = try await Child.run("check", "--nats", nats, "--provider", "scripted")
        #expect(check.exit == 69)
        #expect(check.out.contains("NATS: No NATS server answers"))
    }

    @Test("check counts who stands in for the default provider")
    func checkOfAFallback() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "config.json")
            let config =
                #"{"default_provider":"openai","fallback":["scripted"],"#
                + #""providers":{"openai":{"base_url":"http://127.0.0.1:1/v1","api_key":"k"},"scripted":{}}}"#
            try config.write(to: file, atomically: true, encoding: .utf8)
            try await withNATSServer { server in
                let check = try await Child.run("check", "--config", file.path, "--nats", server.url)
                #expect(check.exit == 0, "\(check.out)\(check.err)")
                #expect(check.out.contains("Provider openai (default): not available"))
                #expect(check.out.contains("Provider scripted (fallback): available"))
            }
        }
    }

    @Test("check and models tell what there is")
    func check() async throws {
        try await withNATSServer(jetStream: true) { server in
            let check = try await Child.run("check", "--nats", server.url, "--provider", "scripted")
            #expect(check.exit == 0, "\(check.out)\(check.err)")
            #expect(check.out.contains("NATS: connected to nats://127.0.0.1:\(server.port)"))
            #expect(check.out.contains("JetStream: enabled"))
            #expect(check.out.contains("The service can answer."))
        }
        let models = try await Child.run("models", "--provider", "scripted")
        #expect(models.exit == 0)
        #expect(models.out == "scripted/eliza\n")
        let nowhere = try await Child.run(
            "models", "--provider", "ollama",
            environment: ["OLLAMA_HOST": "127.0.0.1:\(try RawServer.closedPort())"])
        #expect(nowhere.exit == 69)
        #expect(nowhere.out.isEmpty)
    }

    @Test("a key appears in no output, whatever is logged")
    func secrets() async throws {
        let key = "sk-VERYSECRET0123456789"
        let more = #", "nats": {"token": "TOPSECRETTOKEN"}, "logging": {"level": "debug"}"#
        let echo: RawServer.Script = { connection in
            while let request = connection.readRequest() {
                let key = request.head.components(separatedBy: "Bearer ").last?.prefix(40) ?? ""
                connection.answer(#"{"error":{"message":"bad key \#(key)"}}"#, status: "401 Unauthorized")
            }
        }
        try await RawServer.with(echo) { provider in
            let text = """
                {"default_provider": "openai", "providers": {"openai": {"api_key": "\(key)", "base_url": "\(provider.url)"}}\(more)}
                """
            try await withService(text) { child, server in
                try await Client.with(server) { client in
                    let answers = try await client.listen("llm.error", "llm.response")
                    try client.send(1, "hello")
                    let error = try await answers.take(1)[0]
                    #expect(error["code"]?.string == "provider_auth")
                    #expect(error["error"]?.string?.contains("SECRET") == false)
                }
                for command in ["ask", "check", "models", "chat", "bench"] {
                    let arguments = ["--nats", server.url] + (command == "ask" ? ["hello"] : [])
                    let other = try Child(
                        [command] + arguments + (command == "bench" ? ["--seconds", "0.2"] : []),
                        environment: ["OPENAI_API_KEY": key, "OPENAI_BASE_URL": provider.url], input: "hello\n")
                    let seen = try await other.ended()
                    #expect(!(seen.out + seen.err).contains("SECRET"), "\(command)")
                }
                child.signal(SIGTERM)
                let seen = try await child.ended()
                #expect(seen.err.contains("A request failed"))
                #expect(!(seen.out + seen.err).contains("SECRET"), "\(seen.err)")
            }
        }
    }
}
