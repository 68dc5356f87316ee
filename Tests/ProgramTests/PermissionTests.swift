import Foundation
import HTTPTransport
import JSON
import NATSClient
import TestSupport
import Testing

/// Every door under its own user of `deploy/nats/rosey.conf`, as it is shipped.
@Suite("The NATS users of deploy/nats/rosey.conf", .timeLimit(.minutes(2)))
struct PermissionTests {
    @Test(
        "have what their doors need, as config.json has them, and with all that can be switched on",
        arguments: [false, true], ["nats-server", NATSTestServer.newer].compactMap(\.self))
    func doors(withAll: Bool, program: String) async throws {
        try await UserServer.with(program, withAll: withAll) { server in
            let more = #", "agents": {"owner": "house"}, "bridge": {"enabled": true}"#
            let service = try server.start("serve", as: "service", withAll ? more : "")
            defer { service.signal(SIGKILL) }
            try await service.logged("info Ready")
            try await service.logged("info Taking jobs")
            // What one is asked, the other may answer.
            let other = try server.start("serve", as: "service", withAll ? more : "")
            defer { other.signal(SIGKILL) }
            try await service.logged("info Instances share the channels")
            let check = try server.start("check", as: "service", withAll ? more : "")
            #expect(try await check.ended().exit == 0, "\(check.seen)")
            #expect(!check.seen.out.contains("may not"), "\(check.seen.out)")

            try await plugin(server, isPrompted: withAll)
            try await bot(server, isBridged: withAll)
            try await gateway(server)
            try await monitor(server)
            try await commandLine(server)
            if withAll { try await tools(server) }
            let export = try server.start("export", as: "service")
            #expect(try await export.ended().exit == 0)
            #expect(export.seen.out.contains("quickly"))
            for instance in [service, other] {
                #expect(!instance.seen.err.contains(" error "), "\(instance.seen.err)")
            }
        }
    }

    private func plugin(_ server: UserServer, isPrompted: Bool) async throws {
        try await server.connected(as: "plugin") { connection in
            let answers = try connection.subscribe("llm.response").makeAsyncIterator()
            let pieces = try connection.requestMany(
                text(#"{"action":"chat","channel_id":"a","message":"quick","stream":true}"#), to: "llm.request",
                idleTimeout: .seconds(10))
            var count = 0
            for try await _ in pieces {
                count += 1
                if count == 2 { break }
            }
            for channel in 0..<16 {
                let answer = try await connection.request(
                    text(#"{"action":"chat","channel_id":"c\#(channel)","message":"quick"}"#), to: "llm.request",
                    timeout: .seconds(10))
                #expect(String(decoding: answer.payload, as: UTF8.self).contains("quickly"))
            }
            let models = try await connection.request(text("{}"), to: "rosey.llm.models", timeout: .seconds(10))
            #expect(String(decoding: models.payload, as: UTF8.self).contains("scripted"))
            let stored = try await connection.request(
                text(#"{"action":"chat","channel_id":"b","message":"quick","request_id":"job"}"#), to: "llm.job",
                timeout: .seconds(10))
            #expect(String(decoding: stored.payload, as: UTF8.self).contains("ROSEY_LLM_JOBS"))
            try await hears(#""request_id":"job""#, in: answers)
            if isPrompted {
                let prompted = try connection.requestMany(
                    text("quick"), to: "agents.prompt.rosey.house.default", idleTimeout: .seconds(10))
                var all = ""
                for try await piece in prompted { all += String(decoding: piece.payload, as: UTF8.self) }
                #expect(all.contains("quickly"), "\(all)")
            }
            try await isRefusedNothing(connection)
        }
    }

    private func bot(_ server: UserServer, isBridged: Bool) async throws {
        try await server.connected(as: "bot") { connection in
            let lines = try connection.subscribe("rosey.plugins.llm.message").makeAsyncIterator()
            let answer = try await connection.request(
                text(#"{"command":"chat","args":["quick"],"channel_id":"a","username":"alice"}"#),
                to: "rosey.command.chat", timeout: .seconds(10))
            #expect(String(decoding: answer.payload, as: UTF8.self).contains("quickly"))
            if isBridged {
                let said = Int(Date().timeIntervalSince1970 * 1000)
                let line = #"{"username":"alice","message":"!chat quick","time":\#(said)}"#
                try connection.publish(
                    text(#"{"event_type":"message","data":\#(line)}"#), to: "rosey.platform.cytube.chatMsg")
                try await hears("quickly", in: lines)
            }
            try await isRefusedNothing(connection)
        }
    }

    private func gateway(_ server: UserServer) async throws {
        let gateway = try server.start("gateway", as: "gateway", #", "gateway": {"port": 0}"#)
        defer { gateway.signal(SIGKILL) }
        let url = try await gateway.gatewayURL()
        let http = HTTPClient()
        let page = try await http.stream(
            HTTPRequest(.get, url.replacing("/v1", with: "/web/events?channel=lobby&name=alice")))
        #expect(page.status == 200)
        let question = text(#"{"model":"default","messages":[{"role":"user","content":"quick"}]}"#)
        let answer = try await http.send(
            HTTPRequest(
                .post, url + "/chat/completions", headers: [("Content-Type", "application/json")], body: question))
        #expect(String(decoding: answer.body, as: UTF8.self).contains("quickly"))
        let models = try await http.send(HTTPRequest(.get, url.replacing("/v1", with: "/web/models")))
        #expect(models.status == 200)
        await http.shutDown()
        gateway.signal(SIGTERM)
        #expect(try await !gateway.ended().err.contains(" error "), "\(gateway.seen.err)")
    }

    private func monitor(_ server: UserServer) async throws {
        try await server.connected(as: "monitor") { connection in
            for subject in ["$SRV.PING.rosey-llm", "$SRV.STATS", "rosey.llm.status"] {
                let answer = try await connection.request(text("{}"), to: subject, timeout: .seconds(10))
                #expect(JSONValue.parse(answer.payload)?.object != nil, "\(subject)")
            }
            let events = try connection.subscribe("rosey.event.llm.>").makeAsyncIterator()
            try await connection.flush(timeout: .seconds(5))
            try await server.connected(as: "plugin") {
                try $0.publish(text(#"{"action":"complete","message":"quick"}"#), to: "llm.request")
            }
            try await hears("{", in: events)
            try await isRefusedNothing(connection)
        }
    }

    private func commandLine(_ server: UserServer) async throws {
        let url = server.url(of: "command-line")
        let answer = try await Child.run("ask", "quick", "--nats", url)
        #expect(answer.exit == 0 && answer.out.contains("quickly"), "\(answer)")
        let talk = try await Child.run("chat", "--nats", url, input: "quick\n")
        #expect(talk.exit == 0 && talk.out.contains("quickly"), "\(talk)")
        let bench = try await Child.run("bench", "--seconds", "0.2", "--concurrency", "2", "--nats", url)
        #expect(bench.exit == 0, "\(bench)")
    }

    /// The service's user calls, and the provider of a tool answers.
    private func tools(_ server: UserServer) async throws {
        try await server.connected(as: "tools") { provider in
            let subscription = try provider.subscribe("dice.tool.roll") { message in
                if let reply = message.reply { try? provider.publish(text("6"), to: reply) }
            }
            try await provider.flush(timeout: .seconds(5))
            try await server.connected(as: "service") { service in
                let reply = try await service.request(text("{}"), to: "dice.tool.roll", timeout: .seconds(10))
                #expect(reply.payload == text("6"))
                try await isRefusedNothing(service)
            }
            try await isRefusedNothing(provider)
            await subscription.drain()
        }
    }

    @Test("are refused everything else", arguments: UserServer.users)
    func refusals(user: String) async throws {
        try await UserServer.with("nats-server", withAll: false) { server in
            try await server.connected(as: user) { connection in
                let others = UserServer.users.filter { $0 != user }.map { UserServer.inboxPrefix(of: $0) }
                // Another's replies, alone and among everything.
                let heard = others.map { $0 + ".>" } + [">", "*.>", "$JS.>", "$KV.>", "$SYS.>"]
                // In the place of the service, which takes each message from the group.
                let shared = ["llm.request", "rosey.command.chat", "rosey.llm.>"]
                // The service answers what another instance was asked.
                var published =
                    (user == "service" ? [] : others.map { $0 + ".x" }) + [
                        "$JS.API.STREAM.DELETE.KV_rosey_llm", "$JS.API.STREAM.PURGE.KV_rosey_llm_turns",
                        "$JS.API.STREAM.CREATE.another", "$JS.API.STREAM.NAMES", "$SYS.REQ.SERVER.PING", "elsewhere",
                    ]
                var subscribed: [(subject: String, group: String?)] = heard.map { ($0, nil) }
                if user != "service" {
                    subscribed += shared.map { ($0, "rosey-llm") } + [("rosey-llm.>", nil), ("rosey-llm.peers", nil)]
                    published += [
                        "rosey-llm.peers", "rosey-llm.intake", "$KV.rosey_llm.c.x", "$KV.rosey_llm_turns.c.x",
                        "$KV.rosey_llm_jobs.x", "llm.response", "llm.error", "llm.delta", "rosey.event.llm.x",
                        "$JS.API.STREAM.MSG.GET.KV_rosey_llm_turns",
                        "$JS.API.CONSUMER.MSG.NEXT.ROSEY_LLM_JOBS.rosey-llm",
                    ]
                }
                for (subject, group) in subscribed {
                    try await connection.trySubscription(to: subject, queueGroup: group)
                }
                for subject in published { try connection.publish([], to: subject) }
                try await connection.flush(timeout: .seconds(10))
                let denied = connection.denied
                for (subject, group) in subscribed {
                    let permission = NATSPermission(.subscribe, subject)
                    #expect(denied.contains(permission), "\(user) may subscribe \(subject) \(group ?? "")")
                }
                for subject in published {
                    #expect(denied.contains(NATSPermission(.publish, subject)), "\(user) may publish \(subject)")
                }
            }
        }
    }

    // MARK: -

    private func hears(_ words: String, in messages: NATSSubscription.Iterator) async throws {
        try await withTimeout(.seconds(20)) {
            var messages = messages
            while let message = await messages.next() {
                if String(decoding: message.payload, as: UTF8.self).contains(words) { return }
            }
            throw TimedOut()
        }
    }

    private func isRefusedNothing(_ connection: NATSConnection) async throws {
        try await connection.flush(timeout: .seconds(5))
        #expect(connection.denied.isEmpty, "\(connection.denied)")
    }
}

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

/// A NATS server with the shipped users, whose passwords the shipped script made.
private struct UserServer: Sendable {
    static let users = ["service", "gateway", "bot", "plugin", "tools", "monitor", "command-line"]

    let server: NATSTestServer
    private let passwords: [String: String]
    private let directory: URL

    /// - Parameter withAll: whether what is commented out is in force.
    static func with(_ program: String, withAll: Bool, _ body: (UserServer) async throws -> Void) async throws {
        let shipped = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/nats")
        try await withTemporaryDirectory { directory in
            var rules = try String(contentsOf: shipped.appending(path: "rosey.conf"), encoding: .utf8)
            let store = directory.appending(path: "jetstream").path
            #expect(rules.contains("\"/var/lib/nats\""))
            rules.replace("\"/var/lib/nats\"", with: "\"\(store)\"")
            if withAll { rules = rules.replacing(/(?m)^ *# "/, with: "\"") }
            let file = directory.appending(path: "rosey.conf")
            try rules.write(to: file, atomically: true, encoding: .utf8)
            let made = try await Child(
                [], program: shipped.appending(path: "passwords")
            ).ended().out
            try made.write(to: directory.appending(path: "passwords.conf"), atomically: true, encoding: .utf8)
            let found = made.matches(of: /(?m)^([A-Z_]+)_PASSWORD: "([0-9a-f]{40})"$/)
            let passwords = found.map { ($0.1.lowercased().replacing("_", with: "-"), String($0.2)) }
            #expect(Set(passwords.map(\.0)) == Set(users) && Set(passwords.map(\.1)).count == users.count)
            try await withNATSServer(program, arguments: ["-c", file.path]) { server in
                try await body(
                    UserServer(
                        server: server, passwords: Dictionary(uniqueKeysWithValues: passwords), directory: directory))
            }
        }
    }

    /// As rosey.conf has it.
    static func inboxPrefix(of user: String) -> String { user == "command-line" ? "_INBOX" : "_INBOX_\(user)" }

    func url(of user: String) -> String {
        server.url.replacing("nats://", with: "nats://\(user):\(passwords[user] ?? "")@")
    }

    /// Starts the program with a configuration that has the user.
    func start(_ command: String, as user: String, _ more: String = "") throws -> Child {
        let nats = JSONWriter.object { writer in
            writer.field("servers") { $0.strings([server.url]) }
            writer.field("user", user)
            writer.field("password", passwords[user] ?? "")
            writer.field("inbox_prefix", Self.inboxPrefix(of: user))
        }
        let file = directory.appending(path: "\(user)-\(UUID().uuidString).json")
        try configuration(", \"nats\": " + String(decoding: nats, as: UTF8.self) + more)
            .write(to: file, atomically: true, encoding: .utf8)
        return try Child([command, "--config", file.path])
    }

    /// Runs the body with a connection of a user, as any client has one.
    func connected(as user: String, _ body: (NATSConnection) async throws -> Void) async throws {
        var options = NATSOptions(servers: [server.url], name: user)
        options.authentication = .userPassword(user: user, password: passwords[user] ?? "")
        options.inboxPrefix = Self.inboxPrefix(of: user)
        let connection = try await NATSConnection.connect(options) { _ in }
        let result = await Result { try await body(connection) }
        await connection.close()
        try result.get()
    }
}
