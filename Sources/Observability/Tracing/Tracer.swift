import Glibc
package import ServiceRuntime

/// Begins spans, if somebody wants them. Where nobody does, the place in a trace that came with a request is still handed
/// on, as it came.
package final class Tracer: Sendable {
    /// Begins none.
    package static let off = Tracer(nil)

    let output: (any SpanSink)?
    let ids: TraceIDs
    let time: any TimeSource
    private let sampler: Sampler
    private let wallClock: @Sendable () -> Int64

    /// - Parameters:
    ///   - output: takes the spans; nil: there are none.
    ///   - wallClock: nanoseconds since 1970.
    package init(
        _ output: (any SpanSink)?, sampler: Sampler = Sampler(), ids: TraceIDs = TraceIDs(),
        time: any TimeSource = SystemTime(), wallClock: @escaping @Sendable () -> Int64 = Tracer.realTime
    ) {
        (self.output, self.sampler, self.ids) = (output, sampler, ids)
        (self.time, self.wallClock) = (time, wallClock)
    }

    /// The first span that a request has in this process.
    ///
    /// - Parameters:
    ///   - headers: what came with the request.
    ///   - details: its name and what is known of it; asked for only where it is recorded.
    /// - Returns: nil where there is nothing to record and nothing to hand on.
    package func begin(
        _ kind: SpanKind, headers: [(name: String, value: String)],
        _ details: () -> (name: String, attributes: [Attribute])
    ) -> TraceSpan? {
        // Of nearly all requests where nobody traces, this is all.
        if output == nil, headers.isEmpty { return nil }
        return begin(kind, parent: TraceContext(headers), details)
    }

    @inline(never)
    private func begin(
        _ kind: SpanKind, parent: TraceContext?, _ details: () -> (name: String, attributes: [Attribute])
    ) -> TraceSpan? {
        guard output != nil else { return parent.map(TraceSpan.init(handingOn:)) }
        let traceID = parent?.traceID ?? ids.traceID()
        let isSampled = sampler.samples(traceID, parent: parent)
        if let parent, !isSampled, !parent.isSampled { return TraceSpan(handingOn: parent) }
        let others = parent?.flags.subtracting(.sampled) ?? .randomID
        let context = TraceContext(
            traceID, ids.spanID(), isSampled ? others.union(.sampled) : others, state: parent?.state)
        // Those who are asked on the way are told that it is not recorded: else each would begin a trace of its own.
        guard isSampled else { return TraceSpan(handingOn: context) }
        let (name, attributes) = details()
        return TraceSpan(
            self, name, kind, context, parent: parent?.spanID, isParentRemote: parent != nil,
            anchor: TraceSpan.Anchor(wallClock: wallClock(), instant: time.now), attributes)
    }

    /// By this machine's clock, in nanoseconds since 1970.
    package static let realTime: @Sendable () -> Int64 = {
        var time = timespec()
        // The structure lives on the stack during the call.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Which traces are recorded.
///
/// As the OpenTelemetry specification has it: `trace/sdk.md`, "Sampling".
package struct Sampler: Sendable, Equatable {
    /// Which of those that begin here.
    package enum Roots: Sendable, Equatable {
        case all
        case none
        /// This part of them, by their ids: 0…1.
        case ratio(Double)
    }

    /// Which of the traces that begin here are recorded.
    package let roots: Roots
    /// Whether what the caller decided is heeded; if not, all are treated as if they began here.
    package let isParentBased: Bool

    /// Creates a sampler.
    package init(_ roots: Roots = .all, isParentBased: Bool = true) {
        (self.roots, self.isParentBased) = (roots, isParentBased)
    }

    /// Whether spans of this trace are recorded.
    package func samples(_ id: TraceID, parent: TraceContext?) -> Bool {
        if isParentBased, let parent { return parent.isSampled }
        return switch roots {
        case .all: true
        case .none: false
        case .ratio(1...): true
        // The same for everybody who asks with the same ratio. 63 bits, as others have it.
        case .ratio(let ratio): Double(id.low >> 1) < ratio * 0x1p63
        }
    }
}

/// Takes spans that are over.
package protocol SpanSink: Sendable {
    /// Takes one; quick, never blocking.
    func take(_ span: SpanRecord)
}
