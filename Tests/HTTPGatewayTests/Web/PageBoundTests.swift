import Foundation
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import NATSClient
import Settings
import TestSupport
import Testing

@Suite("Gateway: a page's bounds", .timeLimit(.minutes(2)))
struct PageBoundTests {
    @Test(
        "Messages that are none",
        arguments: [
            (#"{"name":"a","text":"x","id":"1"}"#, "channel"),
            (#"{"channel":" ","name":"a","text":"x","id":"1"}"#, "channel"),
            (#"{"channel":1,"name":"a","text":"x","id":"1"}"#, "channel"),
            (#"{"channel":"c","name":"","text":"x","id":"1"}"#, "name"),
            (#"{"channel":"c","name":"a\nb","text":"x","id":"1"}"#, "name"),
            (#"{"channel":"c","name":"a\u202eb","text":"x","id":"1"}"#, "name"),
            (#"{"channel":"c","name":"a\u200bb","text":"x","id":"1"}"#, "name"),
            (#"{"channel":"c","name":"a\u2028b","text":"x","id":"1"}"#, "name"),
            (#"{"channel":"c","name":"a\u2029b","text":"x","id":"1"}"#, "name"),
            (#"{"channel":"c","name":"a","text":"  ","id":"1"}"#, "text"),
            (#"{"channel":"c","name":"a","text":["x"],"id":"1"}"#, "text"),
            (#"{"channel":"c","name":"a","text":"x","id":"1 2"}"#, "id"),
            (#"{"channel":"c","name":"a","text":"x"}"#, "id"),
        ])
    func faults(body: String, field: String) async throws {
        try await Stage.with { stage in
            let got = try await stage.post("/web/messages", body)
            #expect(got.status == 400)
            #expect(got["error", "param"] == .string(field))
        }
    }

    @Test(
        "The names of those who may do more than others are for nobody", arguments: ["root", " Root", "r o-o.t", "🤖"])
    func reserved(name: String) async throws {
        try await Stage.with(GatewaySettings().with { $0.reservedNames = ["root", "🤖"] }) { stage in
            let got = try await stage.type("/reset", name: name)
            #expect(got.status == 403)
            #expect(got["error", "code"] == .string("name_reserved"))
            #expect(try await stage.type("/reset", name: "rooty").status == 202)
        }
    }

    @Test(
        "The bot's name is nobody else's, whoever the administrators are", arguments: ["Rosey", " rosey ", "R.O.S.E.Y"])
    func botName(name: String) async throws {
        try await Stage.with { stage in
            let got = try await stage.type("hello", name: name)
            #expect(got.status == 403)
            #expect(got["error", "code"] == .string("name_reserved"))
            #expect(try await stage.type("hello", name: "Roseyna").status == 202)
        }
    }

    @Test("Names, channels and texts have an end")
    func lengths() async throws {
        try await Stage.with { stage in
            func long(_ count: Int) -> String { String(repeating: "é", count: count) }
            let longest = try await stage.type("x", name: long(32))
            #expect(longest.status == 202)
            #expect(try await stage.type("x", name: long(33)).status == 400)
            #expect(try await stage.type("x", long(128)).status == 202)
            #expect(try await stage.type("x", long(129)).status == 400)
            #expect(try await stage.type(long(16_384)).status == 202)
            #expect(try await stage.type(long(16_385)).status == 400)
            #expect(try await stage.get("/web/events?channel=\(Stage.escaped(long(129)))").status == 400)
            #expect(try await stage.get("/web/events").status == 400)
            #expect(try await stage.get("/web/channel?channel=%20").status == 400)
        }
    }

    @Test(
        "Channels and names may be strange, and stay what they are",
        arguments: [
            "#a", "a b", "*", ">", "../x", "a.b\u{0}c", "<img src=x onerror=alert(1)>", "日本語", "\"\\\r\ndata: x", "%2f",
        ])
    func strange(channel: String) async throws {
        try await Stage.with { stage in
            let (page, _) = try await stage.page(channel)
            let (other, _) = try await stage.page("lobby")
            let name = channel.filter { !$0.isNewline && $0 != "\0" && $0 != "\r\n" }
            #expect(try await stage.type("event: x\n\ndata: y", channel, name: name).status == 202)
            let events = try await page.until("answer")
            #expect(events.first { $0.kind == "said" }?["name"] == .string(name))
            // A model is shown another name where this one would look like more than a name, and the name's mark.
            let shown = name.contains(":") ? name.replacing(":", with: "_") + "~" : name + ":"
            let text = events.last?["text"]?.string ?? ""
            #expect(text.hasPrefix("echo: " + shown) && text.hasSuffix(": event: x\n\n| data: y"), "\(text)")
            try await stage.type("mine")
            #expect(try await other.next("said")["text"] == .string("mine"))
        }
    }

    @Test("A page that does not read is cut off; the others hear everything")
    func slow() async throws {
        try await Stage.with { stage in
            let long = String(repeating: "x", count: 100_000)
            let slow = try RawClient(port: stage.gateway.port)
            slow.send("GET /web/events?channel=lobby HTTP/1.1\r\nHost: localhost\r\n\r\n")
            // It is there, and reads no more.
            _ = await slow.read { $0.contains("event: here") }
            let (page, _) = try await stage.page("lobby")
            // The kernel's buffers take their part, then the gateway's, then it is enough.
            try await stage.withBus { bus in
                for number in 0..<150 {
                    let answer =
                        #"{"action":"chat","channel_id":"lobby","request_id":"r\#(number)","content":"\#(number)="#
                    try bus.publish(Array((answer + long + "\"}").utf8), to: "llm.response")
                    try await page.until("answer", "\(number)=")
                }
            }
            let rest = await slow.read()
            #expect(rest.contains(#""0=xx"#))
            #expect(!rest.contains(#""149=xx"#))
            #expect(!rest.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    @Test("Of a channel so much is kept and no more, the latest")
    func backlog() async throws {
        try await Stage.with { stage in
            let (page, _) = try await stage.page("lobby")
            for number in 0..<60 {
                try await stage.type("\(number)")
                try await page.until("answer", "echo: alice: \(number)")
            }
            let told = try await stage.page("lobby").told
            let answers = told.filter { $0.kind == "answer" }
            #expect(told.filter { ["said", "answer"].contains($0.kind) }.count == 100)
            #expect(answers.last?["text"] == .string("echo: alice: 59"))
        }
    }

    @Test("A gateway that stops sends its pages away and is done")
    func stop() async throws {
        try await Stage.with { stage in
            let (page, _) = try await stage.page("lobby")
            async let stopped: Void = stage.gateway.stop()
            await #expect(throws: Page.Ended.self) { try await page.until("never") }
            await stopped
        }
    }
}
