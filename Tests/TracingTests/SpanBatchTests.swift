import JSON
import Observability
import Testing
import TraceExport
import TraceTestSupport

/// OTLP's JSON, to the letter.
@Suite struct SpanBatchTests {
    static let record: SpanRecord = {
        let trace = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736)
        let span = SpanID(0x00f0_67aa_0ba9_02b7)
        guard let trace, let span else { preconditionFailure("ids that are none") }
        return SpanRecord(
            "chat \"tiny\"\n", .client, TraceContext(trace, span, [.sampled, .randomID], state: "a=1"),
            parent: SpanID(0xABC), isParentRemote: true, start: 1_772_366_400_000_000_001,
            end: 1_772_366_400_000_000_002,
            attributes: [
                Attribute("s", "é"), Attribute("i", 26), Attribute("d", .number(0.5)),
                Attribute("l", .strings(["stop"])),
            ],
            events: [SpanRecord.Event("rosey_llm.turn", at: 1_772_366_400_000_000_001)], failure: "timeout")
    }()

    @Test func exactly() {
        let bytes = SpanBatch.encoded([Self.record], resource: [Attribute("service.name", "deck")], version: "1.2.3")
        #expect(
            String(decoding: bytes, as: UTF8.self) == #"""
                {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"deck"}}]},\#
                "scopeSpans":[{"scope":{"name":"rosey-llm","version":"1.2.3"},"spans":[\#
                {"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7",\#
                "parentSpanId":"0000000000000abc","traceState":"a=1","flags":771,"name":"chat \"tiny\"\n","kind":3,\#
                "startTimeUnixNano":"1772366400000000001","endTimeUnixNano":"1772366400000000002",\#
                "attributes":[{"key":"s","value":{"stringValue":"é"}},{"key":"i","value":{"intValue":"26"}},\#
                {"key":"d","value":{"doubleValue":0.5}},\#
                {"key":"l","value":{"arrayValue":{"values":[{"stringValue":"stop"}]}}}],\#
                "events":[{"timeUnixNano":"1772366400000000001","name":"rosey_llm.turn"}],\#
                "status":{"message":"timeout","code":2}}]}]}]}
                """#)
    }

    /// The test collector reads what it is to read, and is not easily pleased.
    @Test func readStrictly() throws {
        let bytes = SpanBatch.encoded([Self.record, Self.record], resource: [], version: "1")
        let spans = try CollectedSpan.all(in: bytes)
        #expect(spans.count == 2)
        #expect(spans[0]["i"] == .integer(26))
        #expect(spans[0].status?.code == 2)
        let text = String(decoding: bytes, as: UTF8.self)
        for (from, to) in [
            ("4bf92f", "4BF92F"), ("\"kind\":3", "\"kind\":\"SPAN_KIND_CLIENT\""), ("\"flags\"", "\"Flags\""),
            (":\"1772366400000000001\"", ":1772366400000000001"), ("\"intValue\":\"26\"", "\"intValue\":26"),
            ("\"traceId\"", "\"trace_id\""),
        ] {
            #expect(throws: (any Error).self) {
                try CollectedSpan.all(in: Array(text.replacing(from, with: to).utf8))
            }
        }
    }
}
