import BusProtocol
import JSON
import LLMService
import NATSClient
import NATSPlugin
import Observability
import TestSupport
import Testing

@Suite("Subjects of channels")
struct ChannelSubjectTests {
    /// As SeveralInstances.md has it.
    private static let mappings = """
        mappings = {
          "llm.request.c.*": "llm.request.g.{{partition(2,1)}}.c.{{wildcard(1)}}"
          "rosey.command.chat.c.*": "rosey.command.chat.g.{{partition(2,1)}}.c.{{wildcard(1)}}"
        }
        """

    @Test("mean what the subjects without a channel mean, for the channel that they name")
    func meaning() async throws {
        try await Stage.with { stage in
            let chat = Array(##"{"action":"chat","channel_id":"#a.b","message":"m"}"##.utf8)
            #expect(try await stage.ask(chat, on: "llm.request.c.=23a=2Eb").content == "echo: m")
            let command = Array(Stage.command("hi", in: "lobby").utf8)
            #expect(try await stage.ask(command, on: "rosey.command.chat.c.lobby").content == "echo: alice: hi")
            // It is the same conversation.
            #expect(try await stage.type("reset").content == "Conversation context reset (2 messages cleared).")
            for subject in ["llm.request.c.a=2Eb", "llm.request.c.=23a=2eb", "llm.request.c.x"] {
                let refused = try await stage.ask(chat, on: subject)
                #expect(refused.code == "invalid_request", "\(subject)")
                #expect(refused.channel == "#a.b")
            }
            #expect(try await stage.ask(command, on: "rosey.command.chat.c.other").code == "invalid_request")
            let complete = Array(#"{"action":"complete","message":"m"}"#.utf8)
            #expect(try await stage.ask(complete, on: "llm.request.c.any").content == "echo: m")
        }
    }

    @Test("are dealt out to two groups by the server: each channel is answered in order, by one of them")
    func groups() async throws {
        let groups = [0, 1].map { PluginSettings(group: InstanceGroup(number: $0)) }
        try await Stage.with(plugin: groups[0], configuration: Self.mappings) { stage in
            try await withHTTPServer(handler: stage.ollama.handle) { _, url in
                try await Stage.withInstance(stage.server, url, ServiceSettings(), groups[0]) { _, second, _ in
                    try await Stage.withInstance(stage.server, url, ServiceSettings(), groups[1]) { _, other, _ in
                        try await eventually { stage.plugin.peerCount == 1 && second.peerCount == 1 }
                        let answers = try await stage.listen("llm.response")
                        for number in 0..<200 {
                            let channel = "#\(number % 20)"
                            let token = NATSToken.encode(channel)
                            // Every other time as a room says it.
                            let (subject, text) =
                                number / 20 % 2 == 0
                                ? (
                                    "llm.request.c.\(token)",
                                    #"{"action":"chat","channel_id":"\#(channel)","message":"m","request_id":"\#(number)"}"#
                                )
                                : (
                                    "rosey.command.chat.c.\(token)",
                                    Stage.command("m", in: channel, id: "\(number)")
                                )
                            try stage.client.publish(Array(text.utf8), to: subject)
                        }
                        let numbers = try await answers.take(200).compactMap { $0.id.flatMap(Int.init) }
                        #expect(Set(numbers).count == 200)
                        for channel in 0..<20 {
                            let its = numbers.filter { $0 % 20 == channel }
                            #expect(its == its.sorted(), "channel \(channel)")
                        }
                        // It is counted once it is out.
                        let own = { @Sendable in stage.plugin.metrics.answered.value + second.metrics.answered.value }
                        try await eventually { own() + other.metrics.answered.value == 200 }
                        // All ten of a channel, or none.
                        #expect(own().isMultiple(of: 10) && own() > 0 && own() < 200)
                        #expect(other.peerCount == 0)
                    }
                }
            }
        }
    }

    @Test("a group with a number hears only what is mapped onto it")
    func numbered() async throws {
        let group = InstanceGroup(number: 7)
        try await Stage.with(plugin: PluginSettings(group: group)) { stage in
            #expect(stage.plugin.subjects == ["rosey.command.chat.g.7.c.*", "llm.request.g.7.c.*"])
            let chat = Array(#"{"action":"chat","channel_id":"c","message":"m"}"#.utf8)
            #expect(try await stage.ask(chat, on: "llm.request.g.7.c.c").content == "echo: m")
            for subject in ["llm.request", "llm.request.c.c", "llm.request.g.6.c.c", "rosey.llm.status"] {
                await #expect(throws: NATSError.self, "\(subject)") { try await stage.ask(chat, on: subject) }
            }
            let info = try await stage.ask([], on: "$SRV.INFO.rosey-llm")
            guard case .array(let endpoints)? = info.fields["endpoints"] else { throw TimedOut() }
            #expect(
                endpoints.compactMap { $0.object?["subject"]?.string }
                    == ["rosey.command.chat.g.7.c.*", "llm.request.g.7.c.*"])
        }
    }
}
