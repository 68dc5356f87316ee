import CoreTestSupport
import FoundationEssentials
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import NATSPlugin
import Settings
import TestSupport
import Testing

@Suite("Gateway: models, embeddings, health", .timeLimit(.minutes(2)))
struct OtherPathTests {
    @Test func models() async throws {
        try await Stage.with(GatewaySettings().with { $0.modelAliases = ["gpt-4": "fake/tiny"] }) { stage in
            let got = try await stage.get("/v1/models")
            #expect(got.status == 200)
            #expect(got["object"] == .string("list"))
            guard case .array(let items)? = got["data"] else { throw TimedOut() }
            let ids = items.compactMap { $0.at(["id"])?.string }
            #expect(ids.starts(with: ["default", "gpt-4"]))
            #expect(ids.contains("fake/tiny") && ids.contains("fake/org/large"))
            #expect(items.allSatisfy { $0.at(["object"]) == .string("model") })
            #expect(items.allSatisfy { if case .integer? = $0.at(["created"]) { true } else { false } })
        }
    }

    @Test(
        "One model, by its id",
        arguments: [
            ("fake/tiny", "fake/tiny"), ("fake%2Ftiny", "fake/tiny"), ("fake/org/large", "fake/org/large"),
            ("org%2flarge", "fake/org/large"), ("tiny", "fake/tiny"), ("gpt-4", "gpt-4"), ("default", "default"),
            ("none", nil),
        ] as [(String, String?)])
    func model(path: String, id: String?) async throws {
        try await Stage.with(GatewaySettings().with { $0.modelAliases = ["gpt-4": "fake/tiny"] }) { stage in
            let got = try await stage.get("/v1/models/\(path)")
            #expect(got.status == (id == nil ? 404 : 200))
            #expect(got["id"]?.string == id)
            if id == nil { #expect(got["error", "code"] == .string("model_not_found")) }
        }
    }

    @Test("Vectors, of more texts than go to the provider at a time", arguments: [1, 8, 30, 1000])
    func embeddings(count: Int) async throws {
        try await Stage.with { stage in
            let inputs = (1...count).map { String(repeating: "a", count: $0 % 100 + 1) }
            let list = inputs.map { "\"\($0)\"" }.joined(separator: ",")
            let got = try await stage.post("/v1/embeddings", #"{"model":"fake/x","input":[\#(list)]}"#)
            #expect(got.status == 200)
            #expect(got["object"] == .string("list"))
            #expect(got["usage", "prompt_tokens"] == .integer(count))
            for index in 0..<count {
                #expect(got["data", "\(index)", "index"] == .integer(index))
                #expect(
                    got["data", "\(index)", "embedding"] == .array([.integer(inputs[index].utf8.count), .number(0.5)]))
            }
            #expect(got["data", "\(count)"] == nil)
        }
    }

    @Test("Vectors in base64 are numbers of 32 bits")
    func base64() async throws {
        try await Stage.with { stage in
            let got = try await stage.post(
                "/v1/embeddings", #"{"model":"fake/x","input":"abc","encoding_format":"base64"}"#)
            let bytes = try #require(got["data", "0", "embedding"]?.string.flatMap { Data(base64Encoded: $0) })
            // 3 and 0.5.
            #expect(Array(bytes) == [0, 0, 0x40, 0x40, 0, 0, 0, 0x3F])
        }
    }

    @Test(arguments: [
        (#"{"model":"fake/x"}"#, "input"), (#"{"model":"fake/x","input":[]}"#, "input"),
        (#"{"model":"fake/x","input":["a",5]}"#, "input[1]"), (#"{"model":"fake/x","input":[[1,2]]}"#, "input"),
        (#"{"model":"fake/x","input":[1,2,3]}"#, "input"),
        (#"{"input":"a"}"#, "model"), (#"{"model":"fake/x","input":"a","dimensions":5}"#, "dimensions"),
        (#"{"model":"fake/x","input":"a","encoding_format":"hex"}"#, "encoding_format"),
    ])
    func wrongInputs(body: String, param: String) async throws {
        try await Stage.with { stage in
            let got = try await stage.post("/v1/embeddings", body)
            #expect(got.status == 400)
            #expect(got["error", "param"] == .string(param))
        }
    }

    @Test("It is alive in any case, and ready while NATS and the service are; asked once a second")
    func health() async throws {
        let time = ManualTime()
        try await Stage.with(time: time) { stage in
            let ready = try await stage.get("/readyz")
            #expect(ready.status == 200)
            #expect(ready["ready"] == .bool(true))
            await stage.nats.stop()
            // Within the second it is as it was.
            #expect(try await stage.get("/readyz").status == 200)
            time.advance(by: .seconds(2))
            let got = try await stage.get("/readyz")
            #expect(got.status == 503)
            #expect(got["reasons", "0"] == .string("The message bus is not connected."))
            #expect(try await stage.get("/healthz").status == 200)
            let chat = try await stage.chat("hello")
            #expect(chat.status == 503)
            #expect(chat["error", "code"] == .string("service_unavailable"))
            try await stage.nats.restart()
        }
    }

    @Test("Without a service it says so at once")
    func noService() async throws {
        try await Stage.with { stage in
            await stage.plugin.drain()
            let chat = try await stage.chat("hello")
            #expect(chat.status == 503)
            #expect(chat["error", "message"] == .string("No rosey-llm service is running."))
            #expect(try await stage.chat("hello", #","stream":true"#).status == 503)
            #expect(try await stage.get("/readyz").status == 503)
        }
    }
}
