import Foundation
import HTTPTransport
import JSON
import NATSClient
import TestSupport
import Testing

@Suite("check, which tries what the service will do", .timeLimit(.minutes(2)))
struct CheckTests {
    /// Runs `check` with a configuration that has the scripted provider.
    private func check(
        _ nats: String, _ more: String = "", environment: [String: String] = [:]
    ) async throws -> Child.Seen {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "config.json")
            try #"{"default_provider":"scripted","providers":{"scripted":{}},"nats":\#(nats)\#(more)}"#
                .write(to: file, atomically: true, encoding: .utf8)
            return try await Child.run("check", "--config", file.path, environment: environment)
        }
    }

    private func expect(_ seen: Child.Seen, fault text: String, not other: String = "Start one") {
        #expect(seen.exit == 69)
        #expect(seen.out.contains("\u{2717}") && seen.out.contains(text), "\(text) in \(seen.out)")
        #expect(!seen.out.contains(other), "\(seen.out)")
        #expect(!seen.out.contains("The service can answer"))
    }

    @Test(
        "names the permission that is missing, and the direction",
        arguments: [
            ("subscribe", "llm.request", "may not subscribe to llm.request (queue group rosey-llm)"),
            ("subscribe", "rosey.command.chat", "may not subscribe to rosey.command.chat (queue group rosey-llm)"),
            ("subscribe", "rosey.llm.>", "may not subscribe to rosey.llm.>"),
            ("publish", "llm.response", "may not publish on llm.response"),
            ("publish", "llm.delta", "may not publish on llm.delta"),
            ("publish", "_INBOX.>", "may not publish on _INBOX.>"),
            ("subscribe", "_INBOX.>", "may not subscribe to _INBOX.>"),
            ("publish", "$KV.>", "may not publish on $KV.rosey_llm.probe"),
            ("publish", "$JS.>", "may not publish on $JS.API.STREAM.INFO.KV_rosey_llm"),
        ])
    func permissions(direction: String, denied: String, text: String) async throws {
        let users = #"[{user: u, password: p, permissions: {\#(direction): {deny: ["\#(denied)"]}}}]"#
        try await withNATSServer(jetStream: true, configuration: "authorization { users = \(users) }") { server in
            let seen = try await check(#"{"servers":["\#(server.url)"],"user":"u","password":"p"}"#)
            expect(seen, fault: text, not: "not enabled")
        }
    }

    @Test("says of what can be done without that it is missing, and that the service can answer")
    func lesserPermissions() async throws {
        let users = #"[{user: u, password: p, permissions: {publish: {deny: ["rosey.event.llm.>"]}}}]"#
        try await withNATSServer(configuration: "authorization { users = \(users) }") { server in
            let seen = try await check(#"{"servers":["\#(server.url)"],"user":"u","password":"p"}"#)
            #expect(seen.exit == 0, "\(seen.out)\(seen.err)")
            #expect(seen.out.contains("! NATS: the user may not publish on rosey.event.llm.check"))
            #expect(seen.out.contains("JetStream: not enabled"))
        }
    }

    @Test("says nothing with --quiet where nothing is missing, and only what is missing otherwise")
    func quiet() async throws {
        try await withNATSServer(arguments: ["--user", "u", "--pass", "p"]) { server in
            let url = server.url.replacing("nats://", with: "nats://u:p@")
            let good = try await Child.run("check", "--quiet", "--provider", "scripted", "--nats", url)
            #expect(good.exit == 0 && good.out.isEmpty && good.err.isEmpty, "\(good)")
            let bad = try await Child.run("check", "--quiet", "--provider", "scripted", "--nats", server.url)
            #expect(bad.exit == 69 && bad.out.hasPrefix("\u{2717} NATS") && !bad.out.contains("\u{2713}"), "\(bad)")
        }
    }

    @Test("tells a refused login", arguments: ["", #","user":"u","password":"no""#, #","token":"no""#])
    func login(login: String) async throws {
        try await withNATSServer(arguments: ["--user", "u", "--pass", "p"]) { server in
            let seen = try await check(#"{"servers":["\#(server.url)"]\#(login)}"#)
            expect(seen, fault: "the server refuses the login")
        }
    }

    @Test("tells the faults of certificates apart")
    func certificates() async throws {
        try await withTemporaryDirectory { directory in
            let own = try await TestCertificates(in: directory)
            try FileManager.default.createDirectory(
                at: directory.appending(path: "other"), withIntermediateDirectories: true)
            let other = try await TestCertificates(in: directory.appending(path: "other"), serverName: "DNS:elsewhere")
            try await withNATSServer(arguments: own.serverArguments) { server in
                let tls = server.url.replacing("nats:", with: "tls:")
                expect(try await check(#"{"servers":["\#(tls)"]}"#), fault: "no trusted authority")
                let wrong = #"{"servers":["\#(tls)"],"tls":{"ca_file":"\#(other.ca)"}}"#
                expect(try await check(wrong), fault: "Set nats.tls.ca_file")
                let right = try await check(#"{"servers":["\#(tls)"],"tls":{"ca_file":"\#(own.ca)"}}"#)
                #expect(right.exit == 0, "\(right.out)")
            }
            try await withNATSServer(arguments: other.serverArguments) { server in
                let seen = try await check(#"{"servers":["\#(server.url)"],"tls":{"ca_file":"\#(other.ca)"}}"#)
                expect(seen, fault: "is for another name")
            }
            try await withNATSServer(arguments: own.serverArguments + ["--tlsverify"]) { server in
                let seen = try await check(#"{"servers":["\#(server.url)"],"tls":{"ca_file":"\#(own.ca)"}}"#)
                expect(seen, fault: "nats.tls.certificate_file")
            }
        }
        try await withNATSServer { server in
            let tls = server.url.replacing("nats:", with: "tls:")
            expect(try await check(#"{"servers":["\#(tls)"]}"#), fault: "the server offers no TLS")
        }
    }

    @Test("tells the faults of an address apart")
    func addresses() async throws {
        let closed = "nats://127.0.0.1:\(try RawServer.closedPort())"
        expect(try await check(#"{"servers":["\#(closed)"]}"#), fault: "connection refused", not: "login")
        expect(try await check(#"{"servers":["nats://nosuch.invalid"]}"#), fault: "nosuch.invalid is not known")
        try await RawServer.with({ connection in
            while let request = connection.readRequest() { _ = request }
        }) { server in
            let silent = "nats://127.0.0.1:\(server.port)"
            expect(try await check(#"{"servers":["\#(silent)"]}"#), fault: "does not speak first as NATS does")
        }
    }

    @Test("tells a JetStream that is full from one that is not there")
    func full() async throws {
        try await withTemporaryDirectory { directory in
            let store = directory.appending(path: "js").path
            let configuration = "jetstream { store_dir: \"\(store)\", max_file_store: 64KB, max_mem: 1KB }"
            try await withNATSServer(configuration: configuration) { server in
                try await Client.with(server) { client in
                    var options = NATSKeyValueOptions(bucket: "other")
                    options.maxBytes = 60_000
                    let bucket = try await client.connection.keyValue(options)
                    _ = try await bucket.put("a", [UInt8](repeating: 1, count: 50_000))
                }
                let state = #","state":{"max_bytes":1048576}"#
                expect(try await check(#"{"servers":["\#(server.url)"]}"#, state), fault: "JetStream: full")
            }
        }
    }

    @Test("reads the file environment beside the configuration, as the unit does, and says which files it read")
    func environmentFile() async throws {
        try await withNATSServer(arguments: ["--user", "u", "--pass", "secret word"]) { server in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "config.json")
                let nats = #"{"servers":["\#(server.url)"],"user":"u","password":"${NATS_PASSWORD}"}"#
                try #"{"default_provider":"scripted","providers":{"scripted":{}},"nats":\#(nats)}"#
                    .write(to: file, atomically: true, encoding: .utf8)
                let environment = directory.appending(path: "environment")
                try "# comment\n\nNATS_PASSWORD=\"secret word\"\n"
                    .write(to: environment, atomically: true, encoding: .utf8)
                let seen = try await Child.run("check", "--config", file.path)
                #expect(seen.exit == 0, "\(seen.out)\(seen.err)")
                #expect(seen.out.contains("Environment: \(environment.path)"))
                #expect(!seen.out.contains("secret word"))
                // What is typed counts more, and an empty variable is none.
                for (typed, exit) in [("wrong", 69), ("", 0)] as [(String, Int32)] {
                    let seen = try await Child.run(
                        "check", "--config", file.path, environment: ["NATS_PASSWORD": typed])
                    #expect(seen.exit == exit, "\(typed) \(seen.out)")
                }
            }
        }
        let nowhere = try await Child.run("check", "--config", "/nonexistent/config.json")
        #expect(nowhere.exit == 78)
        #expect(!nowhere.out.contains("good"))
    }

    @Test(
        "tells the faults of providers apart",
        arguments: [
            ("401 Unauthorized", "did not accept its key"), ("403 Forbidden", "did not accept its key"),
            ("402 Payment Required", "credit at the provider"), ("404 Not Found", "HTTP 404"),
            ("429 Too Many Requests", "asks to slow down"), ("500 Internal Server Error", "HTTP 500"),
        ])
    func providers(status: String, text: String) async throws {
        try await RawServer.with({ connection in
            while connection.readRequest() != nil { connection.answer(#"{"error":{"message":"no"}}"#, status: status) }
        }) { provider in
            try await withNATSServer { server in
                let seen = try await Child.run(
                    "check", "--nats", server.url, "--provider", "openai",
                    environment: ["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": provider.url])
                expect(seen, fault: "Provider openai (default): not available")
                #expect(seen.out.contains(text), "\(seen.out)")
            }
        }
    }

    @Test("asks OpenRouter about each key, and tells which is refused, but not what it is")
    func keys() async throws {
        try await RawServer.with({ connection in
            while let request = connection.readRequest() {
                let text = request.head
                if !text.contains("GET /key ") {
                    connection.answer(#"{"data":[{"id":"m"}]}"#)
                } else if text.contains("secret-good") {
                    connection.answer(#"{"data":{"label":"l","limit":null,"limit_remaining":null}}"#)
                } else if text.contains("secret-spent") {
                    connection.answer(#"{"data":{"limit":5,"limit_remaining":0}}"#)
                } else {
                    connection.answer(
                        #"{"error":{"code":401,"message":"User not found."}}"#, status: "401 Unauthorized")
                }
            }
        }) { provider in
            try await withNATSServer { server in
                for (keys, exit, lines) in [
                    (["secret-dead"], 69, ["did not accept its key"]),
                    (["secret-good"], 0, ["available, model m"]),
                    (["secret-spent", "secret-good", "secret-dead"], 0, ["key 1 of 3: not", "key 3 of 3: not"]),
                    (["secret-dead", "secret-spent"], 69, ["key 1 of 2: not", "key 2 of 2: not"]),
                ] as [([String], Int32, [String])] {
                    let list = keys.map { "\"\($0)\"" }.joined(separator: ",")
                    let seen = try await withTemporaryDirectory { directory in
                        let file = directory.appending(path: "config.json")
                        try """
                        {"default_provider":"openrouter","providers":{"openrouter":{"api_keys":[\(list)],
                         "base_url":"\(provider.url)","default_model":"m"}}}
                        """.write(to: file, atomically: true, encoding: .utf8)
                        return try await Child.run("check", "--config", file.path, "--nats", server.url)
                    }
                    #expect(seen.exit == exit, "\(seen.out)")
                    for line in lines { #expect(seen.out.contains(line), "\(seen.out)") }
                    #expect(!seen.out.contains("secret") && !seen.err.contains("secret"))
                }
            }
        }
    }

    @Test("takes a model that is not listed for a fault of Ollama's alone", arguments: ["ollama", "openai"])
    func unlisted(type: String) async throws {
        try await RawServer.with({ connection in
            while connection.readRequest() != nil {
                connection.answer(#"{"data":[{"id":"m"}],"models":[{"name":"m","model":"m"}]}"#)
            }
        }) { provider in
            try await withNATSServer { server in
                let seen = try await Child.run(
                    "check", "--nats", server.url, "--provider", type,
                    environment: [
                        "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": provider.url, "OLLAMA_HOST": provider.url,
                    ])
                #expect(seen.exit == (type == "ollama" ? 69 : 0), "\(seen.out)")
                #expect(seen.out.contains(type == "ollama" ? "has no model llama3.2" : "does not list the model gpt-4"))
            }
        }
    }

    @Test("changes nothing that is there")
    func looksOnly() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await Client.with(server) { client in
                func ask(_ question: String, _ text: String = "") async throws -> String {
                    let subject = "$JS.API.STREAM." + question
                    let answer = try await client.connection.request(
                        Array(text.utf8), to: subject, timeout: .seconds(5))
                    let config = JSONValue.parse(answer.payload)?.object?["config"]
                    return config.map { RawJSON($0).text } ?? String(decoding: answer.payload, as: UTF8.self)
                }
                let nats = #"{"servers":["\#(server.url)"]}"#
                _ = try await check(nats)
                let bucket = "KV_rosey_llm_turns"
                let (jobs, turns) = (try await ask("INFO.ROSEY_LLM_JOBS"), try await ask("INFO." + bucket))
                #expect(jobs.contains(#""llm.job""#) && turns.contains("max_msgs_per_subject"))
                // As an older version, or another configuration, left them.
                let older = jobs.replacing(#""llm.job""#, with: #""other.job""#)
                let fewer = turns.replacing(/"max_msgs_per_subject":\d+/, with: #""max_msgs_per_subject":3"#)
                let before = [
                    try await ask("UPDATE.ROSEY_LLM_JOBS", older), try await ask("UPDATE." + bucket, fewer),
                ]
                let seen = try await check(nats)
                #expect(seen.exit == 0, "\(seen.out)")
                #expect([try await ask("INFO.ROSEY_LLM_JOBS"), try await ask("INFO." + bucket)] == before)
                #expect(before[0].contains("other.job") && before[1].contains(#""max_msgs_per_subject":3"#))
            }
        }
    }

    @Test("tells a provider that cannot be reached from a name that nobody knows and from TLS that fails")
    func unreachableProviders() async throws {
        try await withNATSServer { server in
            for (address, text) in [
                ("http://127.0.0.1:\(try RawServer.closedPort())/v1", "Connection refused"),
                ("http://nosuch.invalid/v1", "nosuch.invalid"), ("https://127.0.0.1:\(server.port)/v1", "tls"),
            ] {
                let seen = try await Child.run(
                    "check", "--nats", server.url, "--provider", "openai",
                    environment: ["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": address])
                expect(seen, fault: "Provider openai (default): not available")
                #expect(seen.out.contains(text), "\(seen.out)")
            }
        }
    }
}
