/// A place in a trace, as it is handed from process to process.
///
/// Wire: W3C Trace Context, level 1 and what level 2 adds (the random flag); section 3.2, `traceparent`, and 3.3,
/// `tracestate`. A reference: requests hold it while they wait.
package final class TraceContext: Sendable, Hashable {
    package let traceID: TraceID
    /// The span that spans made from here are below.
    package let spanID: SpanID
    package let flags: TraceFlags
    /// What tracing systems add of their own, checked and handed on as it came; nil for nothing.
    package let state: String?

    /// A place.
    package init(_ traceID: TraceID, _ spanID: SpanID, _ flags: TraceFlags, state: String? = nil) {
        (self.traceID, self.spanID, self.flags, self.state) = (traceID, spanID, flags, state)
    }

    /// Reads the headers; nil where `traceparent` is not what it is to be. A `tracestate` that cannot be handed on is left
    /// out.
    package convenience init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        // A later version may have more behind it, after another dash; its beginning is the same.
        guard bytes.count >= 55, bytes.count <= Self.maxBytes,
            bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Hexadecimal.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || version > 0 && bytes[55] == Self.dash,
            let high = Hexadecimal.number(bytes[3..<19]), let low = Hexadecimal.number(bytes[19..<35]),
            let traceID = TraceID(high: high, low: low),
            let spanID = Hexadecimal.number(bytes[36..<52]).flatMap(SpanID.init),
            let flags = Hexadecimal.number(bytes[53..<55])
        else { return nil }
        self.init(
            traceID, spanID, TraceFlags(rawValue: UInt8(flags)),
            state: tracestate.flatMap { TraceState.isValid($0) ? $0 : nil })
    }

    /// Of a `traceparent`, later versions included.
    private static let maxBytes = 512
    private static let dash = UInt8(ascii: "-")

    /// Whether it is recorded.
    package var isSampled: Bool { flags.contains(.sampled) }

    /// The header's value, in version 00.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(Hexadecimal.text(flags.rawValue))" }

    /// Both headers, to be sent as they are.
    package var headers: [(name: String, value: String)] {
        let parent = [(name: "traceparent", value: traceparent)]
        return if let state { parent + [(name: "tracestate", value: state)] } else { parent }
    }

    /// The same trace, one span further down.
    package func child(_ spanID: SpanID) -> TraceContext { TraceContext(traceID, spanID, flags, state: state) }

    /// Whether it is the same place, told the same way.
    package static func == (left: TraceContext, right: TraceContext) -> Bool {
        left.traceID == right.traceID && left.spanID == right.spanID && left.flags == right.flags
            && left.state == right.state
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(traceID)
        hasher.combine(spanID)
    }
}
