/// A span that is over.
package struct SpanRecord: Sendable, Equatable {
    /// Something that happened in it.
    package struct Event: Sendable, Equatable {
        package var name: String
        /// Nanoseconds since 1970.
        package var time: Int64

        package init(_ name: String, at time: Int64) { (self.name, self.time) = (name, time) }
    }

    package var name: String
    package var kind: SpanKind
    package var context: TraceContext
    /// The span that it is below; nil for the first of its trace.
    package var parent: SpanID?
    /// Whether that is another process's.
    package var isParentRemote: Bool
    /// Nanoseconds since 1970.
    package var start: Int64
    package var end: Int64
    package var attributes: [Attribute]
    package var events: [Event]
    /// The word for what went wrong; nil where nothing did.
    package var failure: String?

    package init(
        _ name: String, _ kind: SpanKind, _ context: TraceContext, parent: SpanID?, isParentRemote: Bool = false,
        start: Int64, end: Int64, attributes: [Attribute] = [], events: [Event] = [], failure: String? = nil
    ) {
        (self.name, self.kind, self.context) = (name, kind, context)
        (self.parent, self.isParentRemote) = (parent, isParentRemote)
        (self.start, self.end, self.attributes) = (start, end, attributes)
        (self.events, self.failure) = (events, failure)
    }
}
