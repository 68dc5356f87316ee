import CoreTestSupport
import GatewayCore
import HTTPGateway
import HTTPTransport
import NATSClient
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("Gateway: /metrics", .timeLimit(.minutes(2)))
struct MetricsTests {
    private static let model =
        #"gen_ai_operation_name="chat",gen_ai_provider_name="fake",gen_ai_request_model="tiny""#

    @Test("After known requests the numbers are these")
    func numbers() async throws {
        try await Stage.with { stage in
            for _ in 0..<3 { #expect(try await stage.chat("hello").status == 200) }
            stage.models.when("bad", .fail(400, #"{"error":{"message":"no"}}"#))
            #expect(try await stage.chat("bad").status >= 400)
            #expect(try await stage.chat("", #","n":5"#).status == 400)
            let response = try await stage.stream("hello")
            for try await _ in response.body {}
            #expect(try await stage.get("/nowhere").status == 404)
            #expect(try await stage.get("/v1/models/fake/tiny").status == 200)
            // A command of a room, a request that cannot be read, and a message that nobody can be told of.
            let command = #"{"command":"chat","args":"help","channel_id":"c"}"#
            _ = try await stage.client.request(Array(command.utf8), to: "rosey.command.chat", timeout: .seconds(10))
            _ = try await stage.client.request([1], to: "llm.request", timeout: .seconds(10))
            try stage.client.publish([1], to: "llm.request")
            // Counted after the answer is out.
            try await eventually {
                let found = try await stage.measures()
                return found.sum("rosey_llm_requests_total") == 8
                    && found[#"rosey_llm_messages_lost_total{reason="ignored"}"#] == 1
                    && found.sum("rosey_llm_http_request_duration_seconds_count", "completions") == 6
                    && found.sum("rosey_llm_request_duration_seconds_count") == 5
            }
            let found = try await stage.measures()
            let requests = { (action: String, door: String, outcome: String) in
                found[#"rosey_llm_requests_total{action="\#(action)",door="\#(door)",outcome="\#(outcome)"}"#]
            }
            #expect(requests("complete", "request", "ok") == 4)
            #expect(requests("complete", "request", "provider_error") == 1)
            #expect(requests("models", "request", "ok") == 1)
            #expect(requests("help", "command", "ok") == 1)
            #expect(requests("unknown", "request", "invalid_json") == 1)
            #expect(found[#"rosey_llm_request_duration_seconds_count{action="complete"}"#] == 5)
            #expect(found[#"rosey_llm_overhead_seconds_count{action="complete"}"#] == 5)
            let total = try #require(found[#"rosey_llm_request_duration_seconds_sum{action="complete"}"#])
            let own = try #require(found[#"rosey_llm_overhead_seconds_sum{action="complete"}"#])
            #expect(own > 0 && own < total)
            // 7 and 3, as the model server counts them.
            #expect(found["gen_ai_client_token_usage_sum{\(Self.model),gen_ai_token_type=\"input\"}"] == 28)
            #expect(found["gen_ai_client_token_usage_sum{\(Self.model),gen_ai_token_type=\"output\"}"] == 12)
            #expect(found["gen_ai_client_operation_duration_seconds_count{\(Self.model)}"] == 4)
            #expect(found.sum("gen_ai_client_operation_duration_seconds_count", "error_type") == 1)
            #expect(found["gen_ai_client_operation_time_to_first_chunk_seconds_count{\(Self.model)}"] == 4)
            #expect(found.sum("gen_ai_server_time_to_first_token_seconds_count", #"model="tiny""#) == 4)
            #expect(found[#"rosey_llm_breaker_state{provider="fake"}"#] == 0)
            let chats = #"route="/v1/chat/completions",method="POST""#
            #expect(found["rosey_llm_http_requests_total{\(chats),status=\"2xx\"}"] == 4)
            #expect(
                found.sum("rosey_llm_http_requests_total", chats, "4xx")
                    + found.sum("rosey_llm_http_requests_total", chats, "5xx") == 2)
            #expect(found[#"rosey_llm_http_requests_total{route="none",method="GET",status="4xx"}"#] == 1)
            #expect(found[#"rosey_llm_http_requests_total{route="/v1/models/{id}",method="GET",status="2xx"}"#] == 1)
            // The one that reads them.
            #expect(found["rosey_llm_http_requests_active"] == 1)
            #expect(found["rosey_llm_http_streams"] == 0)
            #expect(found["rosey_llm_http_connections"] ?? 0 >= 1)
        }
    }

    @Test("A stream is one while it is written, and its time goes on until its end")
    func streams() async throws {
        let time = ManualTime()
        try await Stage.with(time: time) { stage in
            let more = RawServerSignal()
            stage.models.when("slowly", .say(["one ", "two"], more))
            let response = try await stage.stream("slowly")
            try await eventually { try await stage.measures()["rosey_llm_http_streams"] == 1 }
            time.advance(by: .seconds(7))
            more.fire()
            for try await _ in response.body {}
            try await eventually { try await stage.measures()["rosey_llm_http_streams"] == 0 }
            let route = #"{route="/v1/chat/completions"}"#
            #expect(try await stage.measures()["rosey_llm_http_request_duration_seconds_sum\(route)"] == 7)
            #expect(try await stage.measures()["rosey_llm_http_request_duration_seconds_count\(route)"] == 1)
        }
    }

    @Test("Its type is Prometheus', and nobody keeps it")
    func type() async throws {
        try await Stage.with { stage in
            let got = try await stage.get("/metrics")
            #expect(got.status == 200)
            #expect(got.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(got.headers["Cache-Control"] == "no-store")
            #expect(try await stage.post("/metrics", "{}").status == 405)
        }
    }

    @Test("Where there are keys it wants one; without, it is for this machine")
    func keys() async throws {
        try await Stage.with(GatewaySettings().with { $0.apiKeys = [Secret("sesame")] }) { stage in
            #expect(try await stage.get("/metrics").status == 401)
            #expect(try await stage.get("/metrics", headers: [("Authorization", "Bearer wrong")]).status == 401)
            let got = try await stage.get("/metrics", headers: [("Authorization", "Bearer sesame")])
            #expect(got.status == 200)
            #expect(!got.text.contains("sesame"))
        }
        try await Stage.with { stage in
            let got = try await stage.get("/metrics", headers: [("Host", "evil.example")])
            #expect(got.status == 403)
        }
    }

    @Test("Methods and paths that somebody makes up are no labels")
    func hostile() async throws {
        try await Stage.with { stage in
            for number in 0..<20 {
                _ = try await stage.get("/path\(number)")
                _ = try await stage.get("/v1/models/m%22%0A\(number)")
            }
            let found = try await stage.measures()
            #expect(found.samples.keys.filter { $0.hasPrefix("rosey_llm_http_requests_total") }.count <= 4)
        }
    }

    @Test("No channel, no user, nothing that was said is in it")
    func nothingPrivate() async throws {
        try await Stage.with { stage in
            let command = #"{"command":"chat","args":"topsecret","channel_id":"thechannel","username":"theuser"}"#
            _ = try await stage.client.request(Array(command.utf8), to: "rosey.command.chat", timeout: .seconds(10))
            try await eventually {
                try await stage.measures()[#"rosey_llm_requests_total{action="chat",door="command",outcome="ok"}"#] == 1
            }
            let text = try await stage.get("/metrics").text
            for word in ["topsecret", "thechannel", "theuser", "127.0.0.1"] { #expect(!text.contains(word)) }
        }
    }
}

extension Stage {
    /// What is measured now; checked to be well formed.
    func measures() async throws -> Exposition {
        let exposition = Exposition(try await get("/metrics").text)
        #expect(exposition.faults.isEmpty)
        return exposition
    }
}
