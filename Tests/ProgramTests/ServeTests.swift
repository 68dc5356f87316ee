import Foundation
import JSON
import NATSClient
import TestSupport
import Testing

@Suite("The program as a service")
struct ServeTests {
    @Test("tells its start on standard error, and its end")
    func story() async throws {
        try await withService { child, server in
            let url = "nats://127.0.0.1:\(server.port)"
            for line in [
                "info Starting rosey-llm version=", "info Connected to NATS server=\(url)",
                "info Listening subject=\"rosey.command.chat llm.request rosey.llm.> rosey.command.chat.remember",
                "info Ready server=\(url)",
            ] { try await child.logged(line) }
            try await child.logged("info Provider is available provider=scripted")
            child.signal(SIGTERM)
            let seen = try await child.ended()
            #expect(seen.exit == 0)
            #expect(seen.out.isEmpty)
            #expect(seen.err.contains("info Stopping signal=SIGTERM"))
            #expect(seen.err.contains("info Stopped answered=0 failed=0"))
        }
    }

    @Test("answers or refuses everything that it took before it was told to end", arguments: [SIGTERM, SIGINT])
    func shutdown(signal: Int32) async throws {
        let text = configuration(#", "service": {"max_concurrent_requests": 10}"#)
        try await withService(text) { child, server in
            try await Client.with(server) { client in
                let answers = try await client.listen("llm.response", "llm.error")
                for id in 0..<20 { try client.send(id, "slow") }
                // The last of them is in when this is answered; it needs no model.
                let last = try await client.connection.request(
                    Array(#"{"action":"persona","channel_id":"c"}"#.utf8), to: "llm.request", timeout: .seconds(20))
                #expect(!last.payload.isEmpty)
                child.signal(signal)
                let all = try await answers.take(21).filter { $0["action"] != .string("persona") }
                #expect(all.count == 20)
                #expect(Set(all.compactMap { $0["request_id"]?.string }) == Set((0..<20).map(String.init)))
                let done = all.count { $0["content"] == .string("slowly") }
                let refused = all.count { $0["code"] == .string("shutting_down") }
                // Ten may run at once; those that had begun are finished.
                #expect(done + refused == 20)
                #expect(done > 0 && refused >= 10)
                let seen = try await child.ended()
                #expect(seen.exit == 0)
                #expect(seen.err.contains("answered=\(done + 1) failed=\(refused)"))
            }
        }
    }

    @Test("gives up on what does not finish in time, and says so to whoever waits")
    func deadline() async throws {
        try await withService(configuration(#", "service": {"shutdown_timeout": 0.3}"#)) { child, server in
            try await Client.with(server) { client in
                let answers = try await client.listen("llm.response", "llm.error")
                try client.send(1, "never")
                _ = try await client.ask("quick")
                _ = try await answers.take(1)
                child.signal(SIGTERM)
                #expect(try await answers.take(1)[0]["code"] == .string("shutting_down"))
                #expect(try await child.ended().exit == 0)
            }
        }
    }

    @Test("ends at once when it is told twice")
    func twice() async throws {
        try await withService { child, server in
            try await Client.with(server) { client in
                try client.send(1, "never")
                #expect(try await client.ask("quick") == "quickly")
                child.signal(SIGTERM)
                try await child.logged("info Stopping")
                child.signal(SIGINT)
                let seen = try await child.ended()
                #expect(seen.exit == 1)
                #expect(seen.err.contains("warning Stopping at once signal=SIGINT"))
            }
        }
    }

    @Test("waits for a NATS server that is not there yet, and can be ended meanwhile")
    func late() async throws {
        try await withNATSServer { server in
            await server.stop()
            let impatient = try Child(["serve", "--nats", server.url, "--provider", "scripted"])
            defer { impatient.signal(SIGKILL) }
            try await impatient.logged("NATS cannot be reached")
            impatient.signal(SIGTERM)
            let seen = try await impatient.ended()
            #expect(seen.exit == 0)
            // It does not listen where nobody is.
            #expect(!seen.err.contains("Listening"))

            let child = try Child(["serve", "--nats", server.url, "--provider", "scripted"])
            defer { child.signal(SIGKILL) }
            try await child.logged("NATS cannot be reached")
            #expect(!child.seen.err.contains("info Ready"))
            try await server.restart()
            try await child.logged("info Ready")
            try await Client.with(server) { client in
                let answer = try await client.ask("hello")
                #expect(answer?.isEmpty == false)
            }
        }
    }

    @Test("sends what it answered while the NATS server was away when it is back")
    func outage() async throws {
        try await withService { child, server in
            try await Client.with(server) { client in
                let answers = try await client.listen("llm.response", "llm.error")
                for id in 0..<5 { try client.send(id, "slow") }
                #expect(try await client.ask("quick") == "quickly")
                _ = try await answers.take(1)
                await server.kill()
                try await child.logged("warning Lost NATS")
                // The service is held until the client can hear what it sends.
                child.signal(SIGSTOP)
                try await server.restart()
                try await client.reconnected()
                child.signal(SIGCONT)
                try await child.logged("info Reconnected to NATS")
                let all = try await answers.take(5)
                #expect(Set(all.compactMap { $0["request_id"]?.string }) == Set((0..<5).map(String.init)))
                #expect(all.allSatisfy { $0["content"] == .string("slowly") })
                #expect(try await client.ask("quick") == "quickly")
            }
        }
    }

    @Test("told to end while the NATS server is away, sends what it answers then when the server is back")
    func endDuringOutage() async throws {
        let (asked, mayAnswer) = (RawServerSignal(), RawServerSignal())
        defer { mayAnswer.fire() }
        try await RawServer.with({ connection in
            while let request = connection.readRequest() {
                guard request.head.hasPrefix("POST") else {
                    connection.answer(#"{"data":[{"id":"m"}]}"#)
                    continue
                }
                asked.fire()
                mayAnswer.waitOnThread()
                connection.answer(#"{"choices":[{"message":{"content":"kept"}}]}"#)
            }
        }) { provider in
            let text = """
                {"default_provider": "p", "providers": {"p": {
                    "type": "openai", "base_url": "\(provider.url)", "api_key": "k", "default_model": "m"}}}
                """
            try await withService(text) { child, server in
                try await Client.with(server) { client in
                    let answers = try await client.listen("llm.response", "llm.error")
                    try client.send(1, "hello")
                    try await withTimeout { await asked.wait() }
                    await server.kill()
                    try await child.logged("warning Lost NATS")
                    child.signal(SIGTERM)
                    try await child.logged("info Stopping signal=SIGTERM")
                    mayAnswer.fire()
                    // The service is held until the client can hear what it sends.
                    child.signal(SIGSTOP)
                    try await server.restart()
                    try await client.reconnected()
                    child.signal(SIGCONT)
                    #expect(try await answers.take(1).map { $0["content"] } == [.string("kept")])
                    #expect(try await child.ended().exit == 0)
                }
            }
        }
    }

    @Test("leaves nothing unanswered when one of two instances is ended in the middle")
    func twoInstances() async throws {
        try await withService { first, server in
            try await withService(server: server) { second, _ in
                try await Client.with(server) { client in
                    let answers = try await client.listen("llm.response", "llm.error")
                    for id in 0..<300 {
                        try client.send(id, id.isMultiple(of: 10) ? "slow" : "quick")
                        if id == 150 { first.signal(SIGTERM) }
                        if id % 20 == 19 { try await client.connection.flush(timeout: .seconds(5)) }
                    }
                    let all = try await answers.take(300)
                    #expect(Set(all.compactMap { $0["request_id"]?.string }) == Set((0..<300).map(String.init)))
                    #expect(try await first.ended().exit == 0)
                    #expect(all.allSatisfy { $0["content"] != nil || $0["code"] == .string("shutting_down") })
                    second.signal(SIGTERM)
                    #expect(try await second.ended().exit == 0)
                }
            }
        }
    }

    @Test("brings its own NATS server, which goes with it", arguments: [SIGTERM, SIGKILL])
    func embedded(signal: Int32) async throws {
        let child = try Child(["serve", "--embedded-nats", "--provider", "scripted"])
        defer { child.signal(SIGKILL) }
        try await child.logged("info Ready server=")
        let line = child.seen.err.components(separatedBy: "info Ready server=").last ?? ""
        let url = String(line.prefix { !$0.isWhitespace })
        let ask = try await Child.run("ask", "--nats", url, "hello")
        #expect(ask.exit == 0)
        #expect(!ask.out.isEmpty)
        child.signal(signal)
        let seen = try await child.ended()
        #expect(seen.exit == (signal == SIGTERM ? 0 : -SIGKILL))
        // Refused once it is gone; the connection that is open meanwhile ends with it.
        let port = try #require(Int(url.split(separator: ":").last ?? ""))
        try await gone(port)
    }

    /// Waits until nobody listens on a port: as long as somebody does, a connection to it ends only when he goes.
    private func gone(_ port: Int) async throws {
        try await withTimeout(.seconds(20)) {
            await withCheckedContinuation { waiter in
                Thread.detachNewThread {
                    while let client = try? RawClient(port: port) {
                        // Reads until the server closes.
                        _ = client.readOnThread()
                    }
                    waiter.resume()
                }
            }
        }
    }

    @Test("keeps its own NATS server while nobody asks anything")
    func idle() async throws {
        let child = try Child(["serve", "--embedded-nats", "--provider", "scripted"])
        defer { child.signal(SIGKILL) }
        try await child.logged("info Ready server=")
        // Threads that have nothing to do are gone after five seconds; what hung on one of them is gone with it.
        await #expect(throws: Unexpected.self) {
            try await child.wait(.seconds(8)) { $0.err.contains("Lost NATS") || $0.exit != nil }
        }
        #expect(!child.seen.err.contains("Lost NATS"))
        child.signal(SIGTERM)
        #expect(try await child.ended().exit == 0)
    }
}
