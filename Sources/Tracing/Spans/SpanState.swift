/// A span while it lasts. A value: what is over is returned, once.
struct SpanState: Sendable {
    /// As many as any of ours has, and some to spare.
    private static let maxAttributes = 32
    private static let maxEvents = 16

    private var record: SpanRecord
    private var isOver = false

    init(_ record: SpanRecord) { self.record = record }

    /// Notes a fact, in the place of an earlier one of that name.
    mutating func set(_ attribute: Attribute) {
        if let index = record.attributes.firstIndex(where: { $0.key == attribute.key }) {
            record.attributes[index] = attribute
        } else if record.attributes.count < Self.maxAttributes {
            record.attributes.append(attribute)
        }
    }

    /// Notes what happened.
    mutating func note(_ event: String, at time: Int64) {
        if record.events.count < Self.maxEvents { record.events.append(SpanRecord.Event(event, at: time)) }
    }

    /// Notes that it failed; the first reason counts.
    mutating func fail(_ code: String) {
        guard record.failure == nil else { return }
        record.failure = code
        set(Attribute("error.type", code))
    }

    /// It is over; nil where it was before.
    mutating func end(at time: Int64) -> SpanRecord? {
        guard !isOver else { return nil }
        isOver = true
        record.end = max(time, record.start)
        return record
    }
}
