import CoreTestSupport
import Observability
import Testing

/// Which spans there are, and what they say.
@Suite struct TracerTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

    /// Keeps what it takes.
    private final class Kept: SpanSink {
        let records = Recorder<SpanRecord>()
        func take(_ span: SpanRecord) { records.append(span) }
    }

    private func begin(_ tracer: Tracer, _ traceparent: String?) -> TraceSpan? {
        tracer.begin(.consumer, headers: traceparent.map { [("traceparent", $0)] } ?? []) {
            ("process llm.request", [Attribute("messaging.system", "nats")])
        }
    }

    @Test func withoutAnExporterThePlaceIsHandedOn() throws {
        #expect(begin(.off, nil) == nil)
        #expect(begin(.off, "rubbish") == nil)
        let span = try #require(begin(.off, Self.parent))
        #expect(span.context.traceparent == Self.parent)
        #expect(!span.isRecorded)
        #expect(span.child(.client) { ("never asked for", []) } === span)
    }

    @Test func aTreeHasItsParentsAndTimes() throws {
        let (kept, time) = (Kept(), ManualTime())
        let tracer = Tracer(kept, ids: TraceIDs(seed: 7), time: time, wallClock: { 1_000_000_000_000 })
        let span = try #require(begin(tracer, Self.parent))
        time.advance(by: .milliseconds(2))
        span.note("rosey_llm.turn")
        let child = span.child(.client) { ("chat tiny", [Attribute("gen_ai.request.model", "tiny")]) }
        time.advance(by: .microseconds(1500))
        child.fail("provider_unavailable")
        child.fail("timeout")
        child.end()
        time.advance(by: .nanoseconds(1))
        span.set { [Attribute("messaging.system", "NATS"), Attribute("n", 3)] }
        span.end()
        span.end()
        span.set { [Attribute("late", 1)] }
        let records = kept.records.all
        #expect(records.count == 2)
        #expect(records[0].name == "chat tiny")
        #expect(records[0].parent == records[1].context.spanID)
        #expect(!records[0].isParentRemote)
        #expect(records[0].failure == "provider_unavailable")
        #expect(records[0].attributes.last == Attribute("error.type", "provider_unavailable"))
        #expect((records[0].start, records[0].end) == (1_000_002_000_000, 1_000_003_500_000))
        #expect(records[1].context.traceID == records[0].context.traceID)
        #expect(records[1].parent?.description == "00f067aa0ba902b7")
        #expect(records[1].isParentRemote)
        #expect(records[1].failure == nil)
        #expect(records[1].events == [SpanRecord.Event("rosey_llm.turn", at: 1_000_002_000_000)])
        #expect((records[1].start, records[1].end) == (1_000_000_000_000, 1_000_003_500_001))
        #expect(records[1].attributes == [Attribute("messaging.system", "NATS"), Attribute("n", 3)])
    }

    @Test func oneThatIsLetGoOfIsOver() throws {
        let kept = Kept()
        do { _ = begin(Tracer(kept), nil) }
        #expect(kept.records.all.count == 1)
    }

    @Test func whatAParentDoesNotRecordIsHandedOnAsItCame() throws {
        let kept = Kept()
        do {
            let span = try #require(begin(Tracer(kept), Self.unsampled))
            #expect(span.context.traceparent == Self.unsampled)
            span.child(.client) { ("chat", []) }.end()
            span.end()
        }
        #expect(kept.records.all.isEmpty)
    }

    @Test(
        arguments: [
            (Sampler(), nil, true), (Sampler(), unsampled, false), (Sampler(), parent, true),
            (Sampler(.none), nil, false), (Sampler(.none), parent, true),
            (Sampler(.none, isParentBased: false), parent, false),
            (Sampler(.all, isParentBased: false), unsampled, true),
            (Sampler(.ratio(0)), nil, false), (Sampler(.ratio(1)), nil, true), (Sampler(.ratio(0)), parent, true),
        ] as [(Sampler, String?, Bool)])
    func samplers(sampler: Sampler, traceparent: String?, isRecorded: Bool) throws {
        let span = try #require(begin(Tracer(Kept(), sampler: sampler), traceparent))
        #expect(span.isRecorded == isRecorded)
        // Those who are asked on the way hear what was decided.
        #expect(span.context.isSampled == isRecorded)
    }

    @Test func aRatioIsThatPartOfTheTraces() {
        let ids = TraceIDs(seed: 1)
        let sampler = Sampler(.ratio(0.25))
        let count = (0..<10_000).count { _ in sampler.samples(ids.traceID(), parent: nil) }
        #expect((2200...2800).contains(count))
    }

    @Test func whatIsLongIsCut() {
        #expect(Attribute("k", String(repeating: "é", count: 200)).value == .string(String(repeating: "é", count: 128)))
        #expect(
            Attribute("k", "a" + String(repeating: "é", count: 200)).value
                == .string("a" + String(repeating: "é", count: 127)))
        #expect(
            Attribute("k", .strings(Array(repeating: "s", count: 99))).value
                == .strings(Array(repeating: "s", count: 16)))
    }

    @Test func whatIsMuchIsBounded() throws {
        let kept = Kept()
        let span = try #require(begin(Tracer(kept), nil))
        for number in 0..<1000 {
            span.note("again")
            span.set { [Attribute("k\(number)", number)] }
        }
        span.end()
        #expect(kept.records.all[0].attributes.count == 32)
        #expect(kept.records.all[0].events.count == 16)
    }
}
