import Foundation
import JSON
import NATSClient
import TestSupport
import Testing

@Suite("Jobs of the program")
struct JobSurvivalTests {
    @Test("are answered exactly once each, also when it is killed in the middle of them")
    func killed() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await Client.with(server) { client in
                let ear = try await client.listen("llm.response", "llm.error")
                var heard: [[String: JSONValue]] = []
                let text = configuration(#", "jobs": {"ack_wait": 1}"#)
                try await withService(text, server: server) { child, _ in
                    try await child.logged("info Taking jobs")
                    for number in 0..<20 {
                        try await Self.put(client, "quick", number)
                        try await Self.put(client, "slow", number)
                    }
                    // The quick ones are answered and gone; the slow ones run.
                    try await Self.left(client, 20)
                    child.signal(SIGKILL)
                    try await child.ended()
                }
                heard += try await ear.take(20)
                #expect(heard.allSatisfy { $0["content"] == .string("quickly") })
                try await withService(text, server: server) { child, _ in
                    try await Self.left(client, 0)
                    // What comes after all of them is the last to be heard.
                    try await Self.put(client, "quick", 99)
                    try await Self.left(client, 0)
                    child.signal(SIGTERM)
                    #expect(try await child.ended().exit == 0)
                }
                heard += try await ear.take(21)
                #expect(heard.last?["request_id"] == .string("quick 99"))
                let ids = heard.compactMap { $0["request_id"]?.string }
                let wanted = (0..<20).flatMap { ["quick \($0)", "slow \($0)"] } + ["quick 99"]
                #expect(ids.sorted() == wanted.sorted())
                #expect(heard.allSatisfy { $0["type"] == .string("llm_response") })
            }
        }
    }

    /// Each in a channel of its own.
    private static func put(_ client: Client, _ message: String, _ number: Int) async throws {
        let text = JSONWriter.object { writer in
            writer.field("action", "chat")
            writer.field("channel_id", "\(message) \(number)")
            writer.field("message", message)
            writer.field("request_id", "\(message) \(number)")
        }
        let answer = try await client.connection.request(text, to: "llm.job", timeout: .seconds(10))
        #expect(JSONValue.parse(answer.payload)?.object?["stream"] == .string("ROSEY_LLM_JOBS"))
    }

    /// Waits until so many jobs are left.
    private static func left(_ client: Client, _ count: Int) async throws {
        try await withTimeout(.seconds(40)) {
            while true {
                let answer = try await client.connection.request(
                    [], to: "$JS.API.STREAM.INFO.ROSEY_LLM_JOBS", timeout: .seconds(5))
                let state = JSONValue.parse(answer.payload)?.object?["state"]?.object
                if state?["messages"] == .integer(count) { return }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
