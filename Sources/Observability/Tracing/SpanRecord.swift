/// A span: what is known of it while it lasts, and when it is over.
package struct SpanRecord: Sendable, Equatable {
    /// Something that happened in it.
    package struct Event: Sendable, Equatable {
        /// The name.
        package var name: String
        /// Nanoseconds since 1970.
        package var time: Int64

        /// Creates an event.
        package init(_ name: String, at time: Int64) { (self.name, self.time) = (name, time) }
    }

    /// The name.
    package var name: String
    /// What it is to those that it deals with.
    package var kind: SpanKind
    /// Its trace, and its own id.
    package var context: TraceContext
    /// The span that it is below; nil for the first of its trace.
    package var parent: SpanID?
    /// Whether that is another process's.
    package var isParentRemote: Bool
    /// Nanoseconds since 1970.
    package var start: Int64
    /// Nanoseconds since 1970.
    package var end: Int64
    /// Facts about it, each name once.
    package var attributes: [Attribute]
    /// What happened in it, in order.
    package var events: [Event]
    /// The word for what went wrong; nil where nothing did.
    package var failure: String?

    /// Creates a span.
    package init(
        _ name: String, _ kind: SpanKind, _ context: TraceContext, parent: SpanID?, isParentRemote: Bool = false,
        start: Int64, end: Int64, attributes: [Attribute] = [], events: [Event] = [], failure: String? = nil
    ) {
        (self.name, self.kind, self.context) = (name, kind, context)
        (self.parent, self.isParentRemote) = (parent, isParentRemote)
        (self.start, self.end, self.attributes) = (start, end, attributes)
        (self.events, self.failure) = (events, failure)
    }

    /// As many as any of ours has, and some to spare.
    private static let (maxAttributes, maxEvents) = (32, 16)

    /// Notes a fact, in the place of an earlier one of that name.
    mutating func set(_ attribute: Attribute) {
        if let index = attributes.firstIndex(where: { $0.key == attribute.key }) {
            attributes[index] = attribute
        } else if attributes.count < Self.maxAttributes {
            attributes.append(attribute)
        }
    }

    /// Notes what happened.
    mutating func note(_ event: String, at time: Int64) {
        if events.count < Self.maxEvents { events.append(Event(event, at: time)) }
    }

    /// Notes that it failed; the first reason counts.
    mutating func fail(_ code: String) {
        guard failure == nil else { return }
        failure = code
        set(Attribute("error.type", code))
    }
}

/// What a span is to those that it deals with; the numbers are OTLP's.
package enum SpanKind: Int, Sendable {
    /// Work of its own.
    case `internal` = 1
    /// A request that is answered.
    case server = 2
    /// A request that is made.
    case client = 3
    /// A message that is sent.
    case producer = 4
    /// A message that is taken.
    case consumer = 5
}

/// A fact about a span, under a name of OpenTelemetry's semantic conventions or of ours (`rosey_llm.`).
package struct Attribute: Sendable, Equatable {
    /// A fact.
    package enum Value: Sendable, Equatable {
        case string(String)
        case strings([String])
        case integer(Int)
        case number(Double)
    }

    /// The name.
    package let key: String
    /// The value.
    package let value: Value

    /// A fact. Texts are cut to 256 bytes, and lists to 16: they may be from outside.
    package init(_ key: String, _ value: Value) {
        self.key = key
        self.value =
            switch value {
            case .string(let text): .string(Self.bounded(text))
            case .strings(let texts): .strings(texts.prefix(16).map(Self.bounded))
            case .integer, .number: value
            }
    }

    /// A text.
    package init(_ key: String, _ text: String) { self.init(key, .string(text)) }

    /// A whole number.
    package init(_ key: String, _ number: Int) { self.init(key, .integer(number)) }

    private static let maxBytes = 256

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > maxBytes else { return text }
        var scalars = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > maxBytes { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}
