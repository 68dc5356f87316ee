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
