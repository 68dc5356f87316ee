import JSON
import LLMService
import NATSClient
import NATSPlugin
import Observability
import TestSupport
import Testing

@Suite("Bad input")
struct BadInputTests {
    /// What no JSON object is.
    static let noObjects: [(String, [UInt8])] = [
        ("nothing", []), ("null", Array("null".utf8)), ("a list", Array("[]".utf8)), ("a number", Array("42".utf8)),
        ("a string", Array("\"chat\"".utf8)), ("words", Array("hello there".utf8)),
        ("half an object", Array(#"{"action":"chat","channel_id":"c","mess"#.utf8)),
        ("an object and more", Array(#"{"action":"reset","channel_id":"c"} {}"#.utf8)),
        ("no UTF-8", Array(#"{"action":"complete","message":""#.utf8) + [0xC3, 0x28, 0xFF] + Array("\"}".utf8)),
        ("UTF-16", Array(#"{"action":"complete"}"#.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }),
        ("zeros", Array(repeating: 0, count: 1000)),
        ("lists 10 000 deep", Array(repeating: UInt8(ascii: "["), count: 10_000)),
        (
            "objects 10 000 deep",
            Array(String(repeating: #"{"a":"#, count: 10_000).utf8) + Array("1".utf8)
                + Array(String(repeating: "}", count: 10_000).utf8)
        ),
        ("NaN", Array(#"{"action":"complete","message":"m","temperature":NaN}"#.utf8)),
        ("900 KiB of nonsense", Array(repeating: UInt8(ascii: "x"), count: 900 << 10)),
    ]

    @Test("that is no JSON object is refused to whoever waits, and counted and logged where nobody does")
    func malformed() async throws {
        try await Stage.with { stage in
            let errors = try await stage.listen("llm.error")
            for subject in ["llm.request", "rosey.command.chat"] {
                for (name, bytes) in Self.noObjects {
                    let reply = try await stage.ask(bytes, on: subject)
                    #expect(reply.code == "invalid_json", "\(name): \(reply)")
                    #expect(reply.channel == "", "\(name)")
                    #expect(reply.headers["Nats-Service-Error-Code"] == "400")
                    #expect(try await errors.next().bytes == reply.bytes)
                    // Nobody waits, or only somebody who may not be answered.
                    try stage.client.publish(bytes, to: subject)
                    try stage.client.publish(bytes, to: subject, reply: "llm.request")
                    #expect(try await stage.type("hi", in: "good").content == "echo: alice: hi", "after \(name)")
                }
            }
            #expect(stage.plugin.metrics.ignored.value == Self.noObjects.count * 4)
            #expect(stage.log.all.contains("Ignored invalid JSON"))
            #expect(stage.plugin.dropped == 0)
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }

    @Test("is told by its field, and a good request behind it is answered")
    func fields() async throws {
        let long = String(repeating: "x", count: 900 << 10)
        let bomb = "x" + String(repeating: "\u{301}", count: 100_000)
        let requests: [(String, String)] = [
            (#"{}"#, "invalid_request"), (#"{"action":"chat"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":null}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":""}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"  \n\t"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":{"a":1}}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":["c"],"message":"m"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","temperature":"hot"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","max_tokens":-1}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","max_tokens":1e300}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","timeout_s":1e300}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","stream":"yes"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","reply_to":"a.*"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","reply_to":"llm.request"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","persona":"bogus"}"#, "unknown_persona"),
            (#"{"action":"chat","channel_id":"c","message":"m","persona":""}"#, "unknown_persona"),
            (#"{"action":"chat","channel_id":"c","message":"m","provider":"bogus"}"#, "unknown_provider"),
            (#"{"action":"chat","channel_id":"c","message":"\#(long)"}"#, "too_large"),
            (#"{"action":"chat","channel_id":"\#(long)","message":"m"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","request_id":"\#(long)"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","username":"\#(long)"}"#, "invalid_request"),
            (#"{"action":"chat","channel_id":"c","message":"m","temperature":"\#(bomb)"}"#, "invalid_request"),
            (#"{"action":"\#(long)"}"#, "unknown_action"), (#"{"action":"\#(bomb)"}"#, "unknown_action"),
            (#"{"action":"complete","messages":[{"role":"boss","content":"m"}]}"#, "invalid_request"),
            (#"{"action":"complete","messages":[]}"#, "invalid_request"), (#"{"action":7}"#, "invalid_request"),
        ]
        try await Stage.with { stage in
            for (json, code) in requests {
                let name = json.prefix(100)
                let reply = try await stage.ask(json)
                #expect(reply.code == code, "\(name): \(reply)")
                #expect(reply["type"] == "llm_error")
                #expect(reply.headers["Nats-Service-Error-Code"] != nil, "\(name)")
                #expect(try await stage.type("hi", in: "good").content == "echo: alice: hi", "after \(name)")
            }
            for json in [
                #"{"args":"hi"}"#, #"{"args":["hi"],"channel_id":""}"#, #"{"args":[1,2],"channel_id":"c"}"#,
                #"{"args":{"a":1},"channel_id":"c"}"#, #"{"args":"hi","channel_id":"c","username":[]}"#,
                #"{"subject":"x","event_type":"y","data":{}}"#, #"{"subject":"x","event_type":"y","data":7}"#,
            ] {
                let reply = try await stage.ask(Array(json.utf8), on: "rosey.command.chat")
                #expect(reply.code == "invalid_request", "\(json): \(reply)")
            }
            #expect(try await stage.type("persona \(bomb)", in: "c").code == "unknown_persona")
            // Nothing of all this is in a conversation.
            _ = try await stage.ask(#"{"action":"chat","channel_id":"c","message":"clean"}"#)
            #expect(stage.ollama.calls.last?.roles == ["system", "user"])
            #expect(stage.ollama.calls.allSatisfy { $0.question == "alice: hi" || $0.question == "clean" })
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }

    @Test("whose error would be larger than the bus takes is answered all the same")
    func hugeEcho() async throws {
        try await Stage.with { stage in
            let errors = try await stage.listen("llm.error")
            let channel = String(repeating: "x", count: (1 << 20) - 60)
            let reply = try await stage.ask(#"{"action":"chat","channel_id":"\#(channel)"}"#)
            #expect(reply.code == "invalid_request")
            #expect(reply.channel == "")
            #expect(reply.headers["Nats-Service-Error-Code"] == "400")
            #expect(try await errors.next().bytes == reply.bytes)
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }

    @Test(
        "or not: any text of up to 256 bytes is a channel, with a conversation of its own",
        arguments: [
            "two words", "a.b.c", "*", ">", "llm.>", "#lobby", "🙂👩‍👩‍👧‍👦", "a:b/c\\d", "\"quoted\"", "line\nfeed",
            "nul\u{0}l",
            String(repeating: "é", count: 128),
        ])
    func channels(channel: String) async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            for turn in 0..<2 {
                let reply = try await stage.type("hi", in: channel)
                #expect(reply.content == "echo: alice: hi")
                #expect(reply.channel == channel)
                #expect(try await answers.next().bytes == reply.bytes)
                #expect(stage.ollama.calls.last?.messages.count == 2 + turn * 2)
            }
            #expect(
                try await stage.type("reset", in: channel).content == "Conversation context reset (4 messages cleared)."
            )
        }
    }

    @Test("with a reply subject that nobody listens to is answered on the bus")
    func nobodyListens() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            try stage.send(#"{"action":"chat","channel_id":"c","message":"m","request_id":"a"}"#, reply: "nobody.here")
            try stage.send(#"{"action":"chat","channel_id":"c","message":"m","request_id":"b"}"#, reply: "llm.request")
            #expect(try await answers.take(2).map(\.id) == ["a", "b"])
            #expect(try await stage.type("hi", in: "good").content == "echo: alice: hi")
            #expect(stage.ollama.calls.count == 3)
        }
    }
}
