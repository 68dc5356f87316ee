import Foundation
import JSON
import NATSClient
import TestSupport
import Testing

@Suite("SIGHUP, and faults that last", .timeLimit(.minutes(2)))
struct ReloadTests {
    /// Runs the service with a configuration that can be written anew.
    private func withReloadable(
        _ text: String,
        _ body: @escaping @Sendable (Child, Client, _ rewrite: (String) throws -> Void) async throws -> Void
    ) async throws {
        try await withNATSServer { server in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "config.json")
                let rewrite = { (text: String) in try text.write(to: file, atomically: true, encoding: .utf8) }
                try rewrite(text)
                let child = try Child(["serve", "--config", file.path, "--nats", server.url])
                defer { child.signal(SIGKILL) }
                try await child.logged("info Ready")
                try await Client.with(server) { try await body(child, $0, rewrite) }
            }
        }
    }

    private static func text(_ reply: String, _ more: String = "") -> String {
        """
        {"default_provider": "scripted", "providers": {"scripted": {"rules": [
            {"pattern": "slow", "replies": ["slow \(reply)"], "delay": 1}, {"pattern": ".*", "replies": ["\(reply)"]}]}}\(more)}
        """
    }

    @Test("what can change, changes, and nothing under way is lost; the rest is said to need a restart")
    func reload() async throws {
        try await withReloadable(Self.text("one")) { child, client, rewrite in
            let answers = try await client.listen("llm.response")
            try client.send(1, "slow")
            // What was sent before it is taken before it.
            #expect(try await client.ask("hello") == "one")
            let more = #""personas":{"pirate":"Arr."},"logging":{"level":"debug"},"service":{"max_queue":7},"#
            try rewrite(Self.text("two", ",\(more)\"rate_limits\":{\"requests_per_minute\":1}"))
            child.signal(SIGHUP)
            try await child.logged("The configuration was read again")
            #expect(try await client.ask("hello") == "two")
            let slow = try await answers.take(3).first { $0["request_id"]?.string == "1" }
            #expect(slow?["content"]?.string == "slow one", "\(String(describing: slow))")
            let answer = try await client.connection.request(
                Array(#"{"channel_id":"c","args":"persona pirate","username":"ann"}"#.utf8), to: "rosey.command.chat",
                timeout: .seconds(10))
            #expect(String(decoding: answer.payload, as: UTF8.self).contains("pirate"))
            let log = child.seen.err
            #expect(log.contains("changed=\"providers personas limits logging.level\""), "\(log)")
            #expect(log.contains("in force only after a restart key=service.max_queue"), "\(log)")
            #expect(!log.contains("restart key=personas"))
        }
    }

    @Test("a service that may hear but not answer says so once, as soon as it has an answer")
    func mute() async throws {
        let mute = #"{user: u, password: p, permissions: {publish: {deny: ["llm.response"]}}}"#
        let users = "authorization { users = [\(mute), {user: v, password: q}] }"
        try await withNATSServer(configuration: users + "\nno_auth_user: v") { server in
            let url = server.url.replacing("nats://", with: "nats://u:p@")
            let child = try Child(["serve", "--nats", url, "--provider", "scripted"])
            defer { child.signal(SIGKILL) }
            try await child.logged("Ready")
            try await Client.with(server) { client in
                for text in ["hello", "hello again"] { _ = try await client.ask(text) }
            }
            try await child.logged("The NATS user lacks a permission")
            child.signal(SIGTERM)
            try await child.logged("Stopped")
            let log = child.seen.err
            #expect(log.contains("permission=\"publish llm.response\""), "\(log)")
            #expect(log.components(separatedBy: "lacks a permission").count == 2, "\(log)")
        }
    }

    @Test("personas keep the bot's name, which needs a restart")
    func botName() async throws {
        try await RawServer.with({ connection in
            while let request = connection.readRequest() {
                let text = String(decoding: request.body, as: UTF8.self)
                let name = ["Old", "New"].first { text.contains("You are \($0),") } ?? "nobody"
                connection.answer(
                    #"{"choices":[{"message":{"content":"\#(name)"},"finish_reason":"stop"}]}"#)
            }
        }) { provider in
            let text = { @Sendable (name: String) in
                """
                {"default_provider": "openai", "providers": {"openai": {"base_url": "\(provider.url)"}},
                 "bridge": {"name": "\(name)"}, "personas": {"pirate": "Arr, \(name)."}}
                """
            }
            try await withReloadable(text("Old")) { child, client, rewrite in
                func ask() async throws -> String? {
                    let text = #"{"action":"chat","channel_id":"c","message":"hello"}"#
                    let answer = try await client.connection.request(
                        Array(text.utf8), to: "llm.request", timeout: .seconds(20))
                    return JSONValue.parse(answer.payload)?.object?["content"]?.string
                }
                #expect(try await ask() == "Old")
                try rewrite(text("New"))
                child.signal(SIGHUP)
                try await child.logged("The configuration was read again")
                #expect(try await ask() == "Old")
                try await child.logged("restart key=bridge.name")
            }
        }
    }

    @Test("a configuration with a fault changes nothing, and is logged")
    func faulty() async throws {
        try await withReloadable(Self.text("one")) { child, client, rewrite in
            try rewrite(Self.text("two", #","service":{"max_queue":-1}"#))
            child.signal(SIGHUP)
            try await child.logged("error The configuration has faults: nothing is changed")
            #expect(child.seen.err.contains("service.max_queue"))
            #expect(try await client.ask("hello") == "one")
            try rewrite("{")
            child.signal(SIGHUP)
            try await child.logged("not JSON")
            #expect(try await client.ask("hello") == "one")
            try rewrite(Self.text("three"))
            child.signal(SIGHUP)
            try await child.logged("The configuration was read again")
            #expect(try await client.ask("hello") == "three")
            child.signal(SIGTERM)
            #expect(try await child.ended().exit == 0)
        }
    }

    @Test("a refused login is said once, and not that it listens; when it is over, that too")
    func refusedLogin() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "users.conf")
            func allow(_ password: String) throws {
                try Data("authorization { user: u, password: \(password) }".utf8).write(to: file)
            }
            try allow("other")
            try await withNATSServer(arguments: ["-c", file.path]) { server in
                let config = directory.appending(path: "config.json")
                let nats = #"{"servers":["\#(server.url)"],"user":"u","password":"mine"}"#
                try #"{"default_provider":"scripted","nats":\#(nats)}"#
                    .write(to: config, atomically: true, encoding: .utf8)
                let child = try Child(["serve", "--config", config.path])
                defer { child.signal(SIGKILL) }
                try await child.logged("refuses the login")
                // It is tried every second or so; the server says how often.
                for _ in 0..<4 { try await server.writes("authentication error") }
                let lines = child.seen.err.split(separator: "\n")
                #expect(lines.filter { $0.contains("refuses the login") }.count == 1, "\(child.seen.err)")
                #expect(!child.seen.err.contains("Listening") && !child.seen.err.contains("Ready"))
                try allow("mine")
                await server.stop()
                try await server.restart()
                try await child.logged("info Ready")
                #expect(child.seen.err.contains("info Connected to NATS"))
            }
        }
    }

    @Test("who may not subscribe where requests come in is told so, and is not ready")
    func refusedSubscription() async throws {
        let users = #"[{user: u, password: p, permissions: {subscribe: {deny: ["llm.request"]}}}]"#
        try await withNATSServer(configuration: "authorization { users = \(users) }") { server in
            let url = server.url.replacing("nats://", with: "nats://u:p@")
            let child = try Child(["serve", "--nats", url, "--provider", "scripted"])
            defer { child.signal(SIGKILL) }
            try await child.logged("error Not ready: the NATS user may not subscribe where requests come in")
            try await child.logged(#"permission="subscribe llm.request""#)
            #expect(!child.seen.err.contains("info Ready") && !child.seen.err.contains("info Listening"))
            child.signal(SIGTERM)
            #expect(try await child.ended().exit == 0)
        }
    }
}
