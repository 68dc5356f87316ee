import ServiceRuntime
import Synchronization

/// A piece of work on the way of a request: when it began and ended, what it is below, and what became of it.
///
/// Where it is not recorded it is only the place in a trace that is handed on. It holds no content of conversations, and no
/// secret: whoever sets a fact sees to that.
package final class TraceSpan: Sendable, Hashable {
    /// One moment on both clocks. All spans that a request has in this process are measured from the same: their order is
    /// that of a clock which never goes back.
    struct Anchor: Sendable {
        let wallClock: Int64
        let instant: ContinuousClock.Instant

        func nanoseconds(at instant: ContinuousClock.Instant) -> Int64 {
            let (seconds, attoseconds) = (instant - self.instant).components
            return wallClock + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        }
    }

    /// What is known from the beginning.
    private final class Origin: Sendable {
        let tracer: Tracer
        let anchor: Anchor
        /// Nil once it is over.
        let record: Mutex<SpanRecord?>

        init(_ tracer: Tracer, _ anchor: Anchor, _ record: SpanRecord) {
            (self.tracer, self.anchor) = (tracer, anchor)
            self.record = Mutex(record)
        }
    }

    /// What those are told who are asked on the way.
    package let context: TraceContext
    private let origin: Origin?

    /// One that is not recorded.
    package init(handingOn context: TraceContext) {
        self.context = context
        origin = nil
    }

    init(
        _ tracer: Tracer, _ name: String, _ kind: SpanKind, _ context: TraceContext, parent: SpanID?,
        isParentRemote: Bool, anchor: Anchor, _ attributes: [Attribute]
    ) {
        self.context = context
        let start = anchor.nanoseconds(at: tracer.time.now)
        let record = SpanRecord(
            name, kind, context, parent: parent, isParentRemote: isParentRemote, start: start, end: start,
            attributes: attributes)
        origin = Origin(tracer, anchor, record)
    }

    // One that everybody has let go of is over: a client that left, a task that was cancelled.
    deinit { end() }

    /// Whether it is recorded.
    package var isRecorded: Bool { origin != nil }

    /// A span below this one; this one itself where it is not recorded.
    ///
    /// - Parameter details: its name and what is known of it; asked for only where it is recorded.
    package func child(_ kind: SpanKind, _ details: () -> (name: String, attributes: [Attribute])) -> TraceSpan {
        guard let origin else { return self }
        let (name, attributes) = details()
        return TraceSpan(
            origin.tracer, name, kind, context.child(origin.tracer.ids.spanID()), parent: context.spanID,
            isParentRemote: false, anchor: origin.anchor, attributes)
    }

    /// Notes facts; asked for only where it is recorded.
    package func set(_ attributes: () -> [Attribute]) {
        guard let origin else { return }
        let attributes = attributes()
        origin.record.withLock { record in for attribute in attributes { record?.set(attribute) } }
    }

    /// Notes that something happened now.
    package func note(_ event: String) {
        guard let origin else { return }
        let time = origin.anchor.nanoseconds(at: origin.tracer.time.now)
        origin.record.withLock { $0?.note(event, at: time) }
    }

    /// It failed. The first reason counts.
    ///
    /// - Parameter code: one of our words for it, or a number.
    package func fail(_ code: String) {
        origin?.record.withLock { $0?.fail(code) }
    }

    /// It is over, and goes to those who want it. What comes later is not noted any more.
    package func end() {
        guard let origin else { return }
        let time = origin.anchor.nanoseconds(at: origin.tracer.time.now)
        let last = origin.record.withLock { record in
            defer { record = nil }
            return record
        }
        guard var record = last else { return }
        record.end = max(time, record.start)
        origin.tracer.output?.take(record)
    }

    /// Whether they are one.
    package static func == (left: TraceSpan, right: TraceSpan) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
