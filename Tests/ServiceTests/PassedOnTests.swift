import JSON
import TestSupport
import Testing

@Suite("JSON of a caller's that a model is to see", .timeLimit(.minutes(2)))
struct PassedOnTests {
    /// The order of its keys is that in which a model fills them in.
    private static let schema =
        #"{"type":"object","properties":{"reasoning":{"type":"string","maxLength":1e3},"answer":{"type":"number","maximum":12345678901234567890123,"minimum":-1.0}},"required":["reasoning","answer"]}"#
    private static let answer = #"{"reasoning":"r","answer":1.50}"#
    private static let tools =
        #"[{"type":"function","function":{"strict":true,"name":"look","description":"d","parameters":{"type":"object","properties":{"thought":{"type":"string"},"city":{"type":"string","minLength":1.0},"at":{"enum":[1e3,12345678901234567890]}}}}}]"#

    /// Each way to ask for a schema, and each door that takes one.
    @Test(
        "comes to it in its order and with its numbers as they were written",
        arguments: [
            schema, #"{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":\#(schema)}}"#,
            // With white space, as Python writes it.
            schema.split(separator: ",").joined(separator: ", "),
        ])
    func schemas(format: String) async throws {
        try await Stage.with { stage in
            stage.ollama.when("think", .answer(Self.answer))
            for (subject, more) in [
                ("llm.request", #""action":"chat","channel_id":"c""#),
                ("llm.request", #""action":"complete""#), ("llm.request", #""action":"complete","stream":true"#),
                ("rosey.llm.chat", #""channel":"d""#), ("rosey.llm.complete", #""user":"u""#),
            ] {
                let reply = try await stage.ask(
                    Array(#"{\#(more),"response_format":\#(format),"message":"think"}"#.utf8), on: subject)
                #expect(reply.content == Self.answer, "\(subject) \(reply)")
                let body = stage.ollama.calls.last?.body
                #expect(body?.contains(#""format":\#(Self.schema)"#) == true, "\(body ?? "-")")
                #expect(stage.ollama.calls.last?.system.hasSuffix(Self.schema) == true)
            }
        }
    }

    @Test("so do a tool's parameters, and the arguments of its calls")
    func tools() async throws {
        try await Stage.with { stage in
            let call = #"{"id":"1","type":"function","function":{"name":"look","arguments":ARGUMENTS}}"#
            for (arguments, sent) in [
                (#""{\"thought\": \"t\", \"city\": 1.0, \"at\": 1e3}""#, #"{"thought":"t","city":1.0,"at":1e3}"#),
                (#"{"z":1.0,"a":12345678901234567890}"#, #"{"z":1.0,"a":12345678901234567890}"#),
                (#""no JSON""#, "{}"),
            ] {
                let messages =
                    #"[{"role":"user","content":"where"},{"role":"assistant","content":null,"tool_calls":[\#(call.replacing("ARGUMENTS", with: arguments))]},{"role":"tool","tool_call_id":"1","content":"{\"b\": 1.0, \"a\": 1e3}"}]"#
                for subject in ["llm.request", "rosey.llm.complete"] {
                    let fields = #""action":"complete","messages":\#(messages),"tools":\#(Self.tools)"#
                    _ = try await stage.ask(Array("{\(fields)}".utf8), on: subject)
                    let body = try #require(stage.ollama.calls.last?.body)
                    #expect(body.contains(#""tools":\#(Self.tools)"#), "\(body)")
                    #expect(body.contains(#""arguments":\#(sent)"#), "\(body)")
                    #expect(body.contains(#""content":"{\"b\": 1.0, \"a\": 1e3}""#), "\(body)")
                }
            }
        }
    }

    @Test("by way of a job as well")
    func jobs() async throws {
        try await JobStage.with { stage in
            stage.ollama.when("think", .answer(Self.answer))
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            try await stage.put(#"{"action":"complete","message":"think","response_format":\#(Self.schema)}"#)
            #expect(try await answers.next().content == Self.answer)
            #expect(stage.ollama.calls.last?.body.contains(#""format":\#(Self.schema)"#) == true)
        }
    }
}
