import CoreTestSupport
import FoundationEssentials
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("Gateway: who may use the page", .timeLimit(.minutes(2)))
struct PageAccessTests {
    private static let keys = GatewaySettings().with { $0.apiKeys = [Secret("sesame")] }

    @Test("Its files are there for everybody, with what keeps them to themselves, and are not sent twice")
    func files() async throws {
        try await Stage.with(Self.keys) { stage in
            for (path, type) in [
                ("/", "text/html; charset=utf-8"), ("/chat.css", "text/css; charset=utf-8"),
                ("/chat.js", "text/javascript; charset=utf-8"), ("/turns.js", "text/javascript; charset=utf-8"),
                ("/room.js", "text/javascript; charset=utf-8"), ("/markdown.js", "text/javascript; charset=utf-8"),
                ("/inline.js", "text/javascript; charset=utf-8"), ("/parts.js", "text/javascript; charset=utf-8"),
                ("/line.js", "text/javascript; charset=utf-8"), ("/who.js", "text/javascript; charset=utf-8"),
                ("/icon.svg", "image/svg+xml"),
            ] {
                let got = try await stage.get(path)
                #expect(got.status == 200)
                #expect(got.text.utf8.count > 100)
                #expect(got.headers["Content-Type"] == type)
                let policy = got.headers["Content-Security-Policy"] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self';"))
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(got.headers["X-Content-Type-Options"] == "nosniff")
                #expect(got.headers["Referrer-Policy"] == "no-referrer")
                let tag = try #require(got.headers["ETag"])
                let again = try await stage.get(path, headers: [(name: "If-None-Match", value: "\"x\", \(tag)")])
                #expect(again.status == 304)
                #expect(again.text.isEmpty)
            }
            // It asks nobody else for anything.
            let page = try await stage.get("/").text
            #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script>"))
        }
    }

    @Test("Without the page there is none")
    func off() async throws {
        try await Stage.with(GatewaySettings().with { $0.hasPage = false }) { stage in
            for path in ["/", "/chat.js", "/web/session", "/web/events?channel=lobby"] {
                let got = try await stage.get(path)
                #expect(got.status == 404)
            }
            #expect(try await stage.chat("hello").status == 200)
        }
    }

    @Test("A key is traded for a cookie, which is good for the page until it is given back or too old")
    func signIn() async throws {
        let time = ManualTime()
        try await Stage.with(Self.keys, time: time) { stage in
            #expect(try await stage.get("/web/session")["signed_in"] == .bool(false))
            for path in ["/web/events?channel=lobby", "/web/channel?channel=lobby", "/web/models"] {
                let got = try await stage.get(path)
                #expect(got.status == 401)
                #expect(got["error", "code"] == .string("sign_in_needed"))
            }
            #expect(try await stage.type("hello").status == 401)
            for wrong in [#"{"key":"sesam"}"#, #"{"key":""}"#, #"{"key":["sesame"]}"#, "{}"] {
                let got = try await stage.post("/web/session", wrong)
                #expect(got.status == 401)
                #expect(got.headers["Set-Cookie"] == nil)
            }
            let one = try await Self.cookie(stage)
            let two = try await Self.cookie(stage)
            #expect(one.value != two.value)
            #expect(try await stage.get("/web/session", headers: [one])["signed_in"] == .bool(true))
            #expect(try await stage.type("hello", headers: [one]).status == 202)
            // It is no key elsewhere, and no part of one is one.
            #expect(try await stage.get("/v1/models", headers: [one]).status == 401)
            let shorter = (name: "Cookie", value: String(one.value.dropLast()))
            #expect(try await stage.type("hello", headers: [shorter]).status == 401)
            let gone = try await stage.raw("DELETE", "/web/session", headers: ["Cookie: \(one.value)"])
            #expect(gone.text.contains("Max-Age=0"))
            #expect(try await stage.type("hello", headers: [one]).status == 401)
            #expect(try await stage.type("hello", headers: [two]).status == 202)
            time.advance(by: .seconds(12 * 3600 + 1))
            #expect(try await stage.type("hello", headers: [two]).status == 401)
        }
    }

    @Test("A page that is open hears nothing more once its sign-in is given back, or too old; others do")
    func end() async throws {
        let time = ManualTime()
        try await Stage.with(Self.keys, time: time) { stage in
            let one = try await Self.cookie(stage)
            let two = try await Self.cookie(stage)
            let (leaving, _) = try await stage.page("lobby", headers: [one])
            let (staying, _) = try await stage.page("lobby", headers: [two])
            _ = try await stage.raw("DELETE", "/web/session", headers: ["Cookie: \(one.value)"])
            try await stage.type("a secret", headers: [two])
            try await staying.until("answer", "a secret")
            do {
                try await leaving.until("never")
                Issue.record("it goes on")
            } catch let ended as Page.Ended { #expect(!ended.events.contains { $0.kind == "said" }) }
            time.advance(by: .seconds(12 * 3600 + 1))
            await #expect(throws: Page.Ended.self) { try await staying.until("never") }
            #expect(try await stage.get("/web/events?channel=lobby", headers: [two]).status == 401)
        }
    }

    @Test("One sign-in has a share of the pages, and others have theirs")
    func share() async throws {
        try await Stage.with(Self.keys) { stage in
            let one = try await Self.cookie(stage)
            var pages: [Page] = []
            for number in 0..<32 { pages.append(try await stage.page("c\(number % 7)", headers: [one]).page) }
            let refused = try await stage.get("/web/events?channel=c1", headers: [one])
            #expect(refused.status == 503)
            #expect(refused["error", "code"] == .string("busy"))
            pages.append(try await stage.page("c1", headers: [Self.cookie(stage)]).page)
            for page in pages { await page.close() }
            try await eventually { await (try? stage.page("c1", headers: [one])) != nil }
        }
    }

    private static func cookie(_ stage: Stage) async throws -> (name: String, value: String) {
        let got = try await stage.post("/web/session", #"{"key":"sesame"}"#)
        #expect(got.status == 200)
        let cookie = try #require(got.headers["Set-Cookie"])
        #expect(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict") && cookie.contains("; Path=/web"))
        #expect(!cookie.contains("sesame"))
        return ("Cookie", "other=1; " + cookie.prefix { $0 != ";" })
    }

    @Test("Pages of other origins get nothing, also those that may ask for models")
    func origins() async throws {
        try await Stage.with(GatewaySettings().with { $0.allowedOrigins = ["https://chat.example.org"] }) { stage in
            for header in [
                "Origin: https://chat.example.org", "Origin: null", "Origin: http://localhost:1",
                "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
            ] {
                for path in ["/web/events?channel=lobby", "/web/session", "/web/channel?channel=lobby"] {
                    let got = try await stage.raw("GET", path, headers: [header])
                    #expect(got.status == "403", "\(header)")
                }
                let body = #"{"channel":"lobby","name":"a","text":"x","id":"1"}"#
                let posted = try await stage.raw(
                    "POST", "/web/messages", headers: [header, "Content-Type: application/json"], body: body)
                #expect(posted.status == "403")
            }
            let own = try await stage.raw(
                "GET", "/web/session", headers: ["Origin: http://localhost", "Sec-Fetch-Site: same-origin"])
            #expect(own.status == "200")
            // What a form could send is nothing.
            let form = try await stage.raw(
                "POST", "/web/messages", headers: ["Content-Type: text/plain"], body: "{}")
            #expect(form.status == "415")
            // A name that was made to point here.
            #expect(try await stage.raw("GET", "/", host: "evil.example.org").status == "403")
            #expect(stage.models.questions.isEmpty)
        }
    }
}
