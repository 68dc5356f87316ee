import Observability
import Testing

/// W3C Trace Context: what is taken, and what is handed on.
@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test(arguments: [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", false),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", true),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", true),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-the-future-holds", false),
    ])
    func taken(header: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(traceparent: header))
        #expect(context.traceID.description == Self.trace)
        #expect(context.spanID.description == Self.span)
        #expect(context.isSampled == isSampled)
    }

    @Test(arguments: [
        "", "00", "00-", "hello",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
        "0A-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
        "00-é4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-" + String(repeating: "a", count: 10_000),
    ])
    func refused(header: String) { #expect(TraceContext(traceparent: header) == nil) }

    /// What is said in a later version is handed on in ours, and of flags only those that are known.
    @Test(arguments: [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "01"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "00"),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-x", "03"),
    ])
    func handedOn(header: String, flags: String) throws {
        let context = try #require(TraceContext(traceparent: header, tracestate: "a=1"))
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(flags)")
        #expect(context.headers.map(\.name) == ["traceparent", "tracestate"])
        #expect(context.headers.map(\.value) == [context.traceparent, "a=1"])
    }

    @Test func childrenAreOfTheSameTrace() throws {
        let context = try #require(
            TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01", tracestate: "rojo=00f067aa0ba902b7"))
        let child = context.child(try #require(SpanID(0xABC)))
        #expect(child.traceparent == "00-\(Self.trace)-0000000000000abc-01")
        #expect(child.state == context.state)
    }

    static let longest = "k=" + String(repeating: "v", count: 256) + ",l=" + String(repeating: "v", count: 251)

    @Test(arguments: [
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=1", "a=1 , b=2", "a=1,,b=2", "fw529a3039@dt=FfFfFf",
        "0tenant@system=1", "1a=1", "a@b@0=1", "a_-*/z=~!@#$%^&*()", "a= leading", longest,
        (1...32).map { "k\($0)=v" }.joined(separator: ","),
    ])
    func statesHandedOn(state: String) throws {
        let context = try #require(
            TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01", tracestate: state))
        #expect(context.state == state)
    }

    @Test(arguments: [
        "", ",", " , ", "a", "=1", "a=", "a=1=2", "A=1", "a=1,a=2", "a=\u{7F}", "a=é", "a=1\nb=2", "a b=1", "_a=1",
        "@a=1", "a= ", "a=1,b",
        longest + "v",
        "k=" + String(repeating: "v", count: 257),
        String(repeating: "k", count: 257) + "=v",
        (1...33).map { "k\($0)=v" }.joined(separator: ","),
        String(repeating: "k=v,", count: 100_000),
    ])
    func statesDropped(state: String) throws {
        let context = try #require(
            TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01", tracestate: state))
        #expect(context.state == nil)
    }

    @Test(arguments: ["traceparent", "Traceparent", "TRACEPARENT"])
    func headersWithoutRegardToCase(name: String) throws {
        let parent = "00-\(Self.trace)-\(Self.span)-01"
        let context = try #require(
            TraceContext([("X-Other", "1"), (name, parent), ("TraceState", "a=1"), ("tracestate", "b=2")]))
        #expect(context.traceparent == parent)
        #expect(context.state == "a=1,b=2")
        #expect(TraceContext([(name, parent), ("traceparent", parent)]) == nil)
        #expect(TraceContext([("tracestate", "a=1")]) == nil)
    }

    @Test func idsAreAllDifferent() {
        let ids = TraceIDs()
        let spans = Set((0..<10_000).map { _ in ids.spanID() })
        let traces = Set((0..<10_000).map { _ in ids.traceID() })
        #expect(spans.count == 10_000)
        #expect(traces.count == 10_000)
        #expect(TraceIDs().traceID() != TraceIDs().traceID())
    }

    /// The id that would be zero is left out: nobody may have it.
    @Test func noIDIsZero() {
        // The count before the one that gives zero.
        let ids = TraceIDs(seed: 0 &- 0x9E37_79B9_7F4A_7C15)
        #expect(ids.spanID() == TraceIDs(seed: 0).spanID())
        #expect(SpanID(0) == nil)
        #expect(TraceID(high: 0, low: 0) == nil)
    }
}
