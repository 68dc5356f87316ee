import FoundationEssentials
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import NATSClient
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("Gateway: chat completions", .timeLimit(.minutes(2)))
struct ChatTests {
    @Test("A whole answer has OpenAI's shape")
    func whole() async throws {
        try await Stage.with { stage in
            let got = try await stage.chat("hello")
            #expect(got.status == 200)
            #expect(got.headers["content-type"] == "application/json")
            #expect(got["id"]?.string?.hasPrefix("chatcmpl-") == true)
            #expect(got["object"] == .string("chat.completion"))
            #expect(got["model"] == .string("fake/tiny"))
            #expect(got["system_fingerprint"] == .null)
            #expect(got["choices", "0", "message", "role"] == .string("assistant"))
            #expect(got["choices", "0", "message", "content"] == .string("echo: hello"))
            #expect(got["choices", "0", "finish_reason"] == .string("stop"))
            #expect(got["choices", "1"] == nil)
            #expect(got["usage", "prompt_tokens"] == .integer(7))
            #expect(got["usage", "total_tokens"] == .integer(10))
            guard case .integer(let created)? = got["created"] else { throw TimedOut() }
            #expect(created > 1_700_000_000)
        }
    }

    @Test("What is asked for reaches the model")
    func passing() async throws {
        try await Stage.with { stage in
            let got = try await stage.post(
                "/v1/chat/completions",
                #"""
                {"model":"fake/org/large","temperature":0.25,"max_completion_tokens":12,"max_tokens":99,"stop":"END",
                 "seed":5,"metadata":{"a":"b"},"n":1,"logit_bias":{},
                 "messages":[{"role":"developer","content":"Be brief."},{"role":"assistant","content":"Yes?"},
                             {"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"},
                              {"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}]}
                """#)
            #expect(got.status == 200)
            let question = try #require(stage.models.questions.last)
            #expect(question.at(["model"]) == .string("org/large"))
            #expect(question.at(["temperature"]) == .number(0.25))
            #expect(question.at(["max_tokens"]) == .integer(12))
            #expect(question.at(["stop"]) == .array([.string("END")]))
            #expect(question.at(["messages", "0", "role"]) == .string("system"))
            #expect(question.at(["messages", "0", "content"]) == .string("Be brief."))
            #expect(question.at(["messages", "1", "role"]) == .string("assistant"))
            #expect(question.at(["messages", "2", "content", "0", "text"]) == .string("one\ntwo"))
            #expect(
                question.at(["messages", "2", "content", "1", "image_url", "url"])
                    == .string("https://example.org/a.png"))
        }
    }

    @Test("A schema and tools reach the model as they were written", arguments: ["", #","stream":true"#])
    func verbatim(stream: String) async throws {
        try await Stage.with { stage in
            let format =
                #"{"type":"json_schema","json_schema":{"strict":true,"name":"n","schema":{"type":"object","properties":{"reasoning":{"type":"string"},"answer":{"type":"number","maximum":1e3,"minimum":1.0}}}}}"#
            let tools =
                #"[{"type":"function","function":{"strict":true,"name":"f","parameters":{"type":"object","properties":{"thought":{},"city":{"maximum":12345678901234567890},"at":{}}}}}]"#
            stage.models.when("think", .say([#"{"reasoning":"r","answer":1.0}"#]))
            let got = try await stage.chat(
                "think", #","tools":\#(tools),"tool_choice":"none","response_format":\#(format)\#(stream)"#)
            #expect(got.status == 200)
            let body = try #require(stage.models.bodies.last)
            #expect(body.contains(#""response_format":\#(format)"#), "\(body)")
            #expect(body.contains(#""tools":\#(tools),"tool_choice":"none""#), "\(body)")
        }
    }

    @Test("A call that the model writes as text is a call", arguments: [true, false])
    func writtenCall(streams: Bool) async throws {
        try await Stage.with { stage in
            stage.models.when(
                "look", .say(["<tool_", #"call>{"name":"f","argu"#, #"ments":{"b":1.0,"a":2}}</tool_call>"#]))
            let tools = #","tools":[{"type":"function","function":{"name":"f"}}]"#
            let got = try await stage.chat("look", tools + (streams ? #","stream":true"# : ""))
            let values = streams ? Events(got.text).values : [got.value ?? .null]
            let calls = values.compactMap { value in
                value.at(["choices", "0", streams ? "delta" : "message", "tool_calls", "0", "function"])
            }
            #expect(calls == [.object(["name": .string("f"), "arguments": .string(#"{"b":1.0,"a":2}"#)])])
            #expect(values.contains { $0.at(["choices", "0", "finish_reason"]) == .string("tool_calls") })
            #expect(!got.text.contains("<tool_"))
        }
    }

    @Test("A streamed answer comes piece by piece, and ends with the usage and [DONE]", arguments: [true, false])
    func streamed(includesUsage: Bool) async throws {
        try await Stage.with { stage in
            let next = RawServerSignal()
            stage.models.when("story", .say(["Once ", "upon"], next))
            let response = try await stage.stream(
                "story", includesUsage ? #","stream_options":{"include_usage":true}"# : "")
            #expect(response.status == 200)
            #expect(response.headers["content-type"]?.hasPrefix("text/event-stream") == true)
            var chunks = response.body.makeAsyncIterator()
            var text = String(decoding: try #require(try await chunks.next()), as: UTF8.self)
            while Events(text).content != "Once " {
                text += String(decoding: try #require(try await chunks.next()), as: UTF8.self)
            }
            next.fire()
            while let more = try await chunks.next() { text += String(decoding: more, as: UTF8.self) }
            let events = Events(text)
            #expect(events.content == "Once upon")
            #expect(events.texts.last == "[DONE]")
            #expect(events.values.allSatisfy { $0.at(["object"]) == .string("chat.completion.chunk") })
            #expect(Set(events.values.map { $0.at(["id"]) }).count == 1)
            #expect(events.values.first?.at(["choices", "0", "delta", "role"]) == .string("assistant"))
            let ends = events.values.filter { $0.at(["choices", "0", "finish_reason"]) == .string("stop") }
            #expect(ends.count == 1)
            let usage = events.values.compactMap { $0.at(["usage", "total_tokens"]) }
            #expect(usage == (includesUsage ? [.integer(10)] : []))
            if includesUsage { #expect(events.values.last?.at(["choices"]) == .array([])) }
        }
    }

    @Test("A client that leaves cancels its request at the provider", arguments: [true, false], ["begin", "silence"])
    func hangUp(streams: Bool, how: String) async throws {
        try await Stage.with { stage in
            let signals = stage.models.when("slow", how == "begin" ? .begin("Well") : .silence)
            let asking = Task {
                if streams {
                    for try await _ in try await stage.stream("slow").body {}
                } else {
                    _ = try await stage.chat("slow")
                }
            }
            await signals.asked.wait()
            asking.cancel()
            await signals.gone.wait()
            _ = await asking.result
        }
    }

    @Test("A failure before the first word has a status; one after it is the last event")
    func failures() async throws {
        try await Stage.with { stage in
            stage.models.when("fail404", .fail(404, #"{"error":{"message":"no","code":"model_not_found"}}"#))
            let unknown = try await stage.chat("fail404")
            #expect(unknown.status == 404)
            #expect(unknown["error", "code"] == .string("model_not_found"))
            #expect(unknown["error", "param"] == .string("model"))
            #expect(unknown["error", "type"] == .string("invalid_request_error"))
            stage.models.when("broken", .fail(401, #"{"error":{"message":"bad key sk-123"}}"#))
            let refused = try await stage.chat("broken", #","stream":true"#)
            #expect(refused.status == 502)
            #expect(refused["error", "code"] == .string("provider_auth"))
            #expect(refused["error", "type"] == .string("server_error"))
            #expect(refused.headers["x-should-retry"] == "false")
            #expect(!refused.text.contains("sk-123"))
            let broken = try await stage.post(
                "/v1/chat/completions",
                #"{"model":"scripted/eliza","stream":true,"messages":[{"role":"user","content":"break off"}]}"#)
            #expect(broken.status == 200)
            let events = Events(broken.text)
            #expect(events.content == "Once")
            #expect(events.values.last?.at(["error", "code"]) == .string("provider_unavailable"))
            #expect(events.texts.last != "[DONE]")
        }
    }

    @Test("Tools are offered, their calls come back, and their results go to the model", arguments: [true, false])
    func tools(streams: Bool) async throws {
        try await Stage.with { stage in
            stage.models.when("weather", .call(name: "look", arguments: #"{"city":"Oslo"}"#))
            let offer =
                #""tools":[{"type":"function","function":{"name":"look","parameters":{}}}],"tool_choice":"auto""#
            let got = try await stage.chat("weather", ",\(offer),\"stream\":\(streams)")
            let call: JSONValue?
            if streams {
                let events = Events(got.text)
                call = events.values.compactMap { $0.at(["choices", "0", "delta", "tool_calls", "0"]) }.first
                #expect(call?.at(["index"]) == .integer(0))
                #expect(events.values.contains { $0.at(["choices", "0", "finish_reason"]) == .string("tool_calls") })
            } else {
                call = got["choices", "0", "message", "tool_calls", "0"]
                #expect(got["choices", "0", "message", "content"] == .null)
                #expect(got["choices", "0", "finish_reason"] == .string("tool_calls"))
            }
            #expect(call?.at(["id"]) == .string("call_7"))
            #expect(call?.at(["type"]) == .string("function"))
            #expect(call?.at(["function", "arguments"]) == .string(#"{"city":"Oslo"}"#))
            #expect(stage.models.questions.last?.at(["tools", "0", "function", "name"]) == .string("look"))
            #expect(stage.models.questions.last?.at(["tool_choice"]) == .string("auto"))

            // What has no meaning to a client goes back with the rest of the message.
            let own =
                streams
                ? Events(got.text).values.compactMap { $0.at(["choices", "0", "delta", "provider_fields"]) }.first
                : got["choices", "0", "message", "provider_fields"]
            let written = [own, call?.at(["provider_fields"])].map { $0.map(RawJSON.init)?.text ?? "null" }
            let answer = try await stage.post(
                "/v1/chat/completions",
                #"""
                {"model":"default",\#(offer),"messages":[{"role":"user","content":"So?"},
                 {"role":"assistant","content":null,"tool_calls":[{"id":"call_7","type":"function",
                  "function":{"name":"look","arguments":"{}"},"provider_fields":\#(written[1])}],
                  "provider_fields":\#(written[0])},
                 {"role":"tool","tool_call_id":"call_7","content":"rain"}]}
                """#)
            #expect(answer["choices", "0", "message", "content"] == .string("echo: rain"))
            let question = stage.models.questions.last
            #expect(question?.at(["messages", "1", "tool_calls", "0", "id"]) == .string("call_7"))
            #expect(question?.at(["messages", "1", "reasoning_content"]) == .string("The weather …"))
            let extra = question?.at(["messages", "1", "tool_calls", "0", "extra_content"])
            #expect(extra == .object(["signature": .string("S/+=")]))
            #expect(question?.at(["messages", "2", "role"]) == .string("tool"))
            #expect(question?.at(["messages", "2", "tool_call_id"]) == .string("call_7"))
        }
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#"{"messages":[{"role":"user","content":"x"}]}"#, "model"), (#"{"model":"default"}"#, "messages"),
            (#"{"model":"default","messages":[]}"#, "messages"),
            (#"{"model":"default","messages":[{"role":"robot","content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"default","messages":[{"role":"user"}]}"#, "messages[0].content"),
            (#"{"model":"default","messages":[{"role":"user","content":""}]}"#, "messages[0].content"),
            (
                #"{"model":"default","messages":[{"role":"user","content":[{"type":"input_audio"}]}]}"#,
                "messages[0].content[0].type"
            ),
            (#"{"model":"default","n":2,"messages":[{"role":"user","content":"x"}]}"#, "n"),
            (#"{"model":"default","logprobs":true,"messages":[{"role":"user","content":"x"}]}"#, "logprobs"),
            (#"{"model":"default","temperature":3,"messages":[{"role":"user","content":"x"}]}"#, "temperature"),
            (#"{"model":"default","tool_choice":5,"messages":[{"role":"user","content":"x"}]}"#, "tool_choice"),
            (
                #"{"model":"default","response_format":{"type":"xml"},"messages":[{"role":"user","content":"x"}]}"#,
                "response_format.type"
            ),
        ])
    func faults(body: String, param: String) async throws {
        try await Stage.with { stage in
            let got = try await stage.post("/v1/chat/completions", body)
            #expect(got.status == 400)
            #expect(got["error", "param"] == .string(param))
            #expect(got["error", "type"] == .string("invalid_request_error"))
            #expect(stage.models.questions.isEmpty)
        }
    }

    @Test("What was stopped before its first word, or refused, is no obstacle in a history")
    func strangeHistories() async throws {
        try await Stage.with { stage in
            let messages = #"""
                [{"role":"system","content":""},{"role":"user","content":"a"},{"role":"assistant","content":""},
                {"role":"user","content":"b"},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]},
                {"role":"user","content":"c"}]
                """#
            let got = try await stage.post("/v1/chat/completions", #"{"model":"default","messages":\#(messages)}"#)
            #expect(got.status == 200)
            let last = stage.models.questions.last
            #expect((0..<5).map { last?.at(["messages", "\($0)", "content"])?.string } == ["a", "b", "no", "c", nil])
        }
    }

    @Test("A failure names the request as the service's log does")
    func failuresAreNamed() async throws {
        try await Stage.with { stage in
            stage.models.when("bad", .fail(400, "{}"))
            for more in ["", #","stream":true"#] {
                let got = try await stage.chat("bad", more)
                #expect(got.status == 502)
                #expect(got.headers["X-Request-Id"]?.hasPrefix("http-") == true)
            }
        }
    }

    @Test("Who does not say who asks goes by the key", arguments: [nil, "alice"] as [String?])
    func names(user: String?) async throws {
        try await Stage.with(GatewaySettings().with { $0.apiKeys = [Secret("one"), Secret("two")] }) { stage in
            let messages = try await NATSConnection.connect(
                NATSOptions(servers: [stage.nats.url], name: "watch"), onEvent: { _ in })
            let subscription = try messages.subscribe("llm.request")
            try await messages.flush(timeout: .seconds(10))
            let field = user.map { #","user":"\#($0)""# } ?? ""
            let body = Stage.request("hello", field)
            let headers = [("Content-Type", "application/json"), ("Authorization", "Bearer two")]
            #expect(try await stage.post("/v1/chat/completions", body, headers: headers).status == 200)
            var iterator = subscription.makeAsyncIterator()
            let asked = JSONValue.parse(try #require(await iterator.next()).payload)
            #expect(asked?.at(["username"])?.string == user)
            // The first digits of SHA-256 of "two".
            #expect(asked?.at(["plugin"])?.string == (user == nil ? "gateway-3fc4ccfe" : nil))
            await messages.close()
        }
    }

    @Test("Names of models: aliases, and the service's own")
    func aliases() async throws {
        let settings = GatewaySettings().with { $0.modelAliases = ["gpt-3.5-turbo": "fake/org/large"] }
        try await Stage.with(settings) { stage in
            for (name, model) in [("gpt-3.5-turbo", "org/large"), ("default", "tiny"), ("other", "other")] {
                _ = try await stage.post(
                    "/v1/chat/completions", #"{"model":"\#(name)","messages":[{"role":"user","content":"x"}]}"#)
                #expect(stage.models.questions.last?.at(["model"]) == .string(model))
            }
        }
    }
}
