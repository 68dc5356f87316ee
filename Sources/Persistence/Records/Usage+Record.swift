package import Conversations
package import JSON
import ServiceRuntime

extension Usage: StoredDocument {
    /// What its keys begin with.
    package static var keyPrefix: String { "u" }

    /// The version of the format.
    package static var schema: Int { 1 }

    /// Writes all of it.
    package func write(_ writer: inout JSONWriter) {
        writer.field("minute", minute)
        writer.field("hour", hour)
        writer.field("day", day)
        writer.field("tokens", tokens)
        writer.field("reservations") { writer in
            writer.array { writer in
                for one in reservations {
                    writer.value(.array([one.id, one.tokens, Int(one.until.milliseconds)].map { .integer($0) }))
                }
            }
        }
        writer.field("steps") { writer in
            writer.array { writer in for step in steps { writer.value(.integer(step)) } }
        }
    }

    /// Leaves out which steps were made, and what is set aside.
    package mutating func shrink() -> Bool {
        guard !steps.isEmpty || !reservations.isEmpty else { return false }
        steps = []
        reservations = []
        return true
    }

    /// The later of two windows, and the higher count of the same: a backup brings nothing back that was used up.
    package mutating func merge(_ present: Usage) {
        let isSameDay = tokens.start == present.tokens.start
        if isSameDay || !tokens.isLater(than: present.tokens) { reservations = present.reservations }
        minute.merge(present.minute)
        hour.merge(present.hour)
        day.merge(present.day)
        tokens.merge(present.tokens)
        steps = present.steps
    }

    /// Reads what ``write(_:)`` wrote.
    package init(record: [String: JSONValue]) throws(RecordFault) {
        self.init()
        var fields = FieldReader(record)
        minute = UsageWindow("minute", &fields)
        hour = UsageWindow("hour", &fields)
        day = UsageWindow("day", &fields)
        tokens = UsageWindow("tokens", &fields)
        for (index, item) in (fields.array("reservations", of: "lists") ?? []).enumerated() {
            guard let reservation = Reservation(item) else {
                fields.fault("reservations[\(index)]", expected: "an id, tokens and milliseconds since 1970", got: item)
                continue
            }
            reservations.append(reservation)
        }
        for (index, step) in (fields.array("steps", of: "numbers") ?? []).enumerated() {
            guard case .integer(let id) = step else {
                fields.fault("steps[\(index)]", expected: "a whole number", got: step)
                continue
            }
            steps.append(id)
        }
        if let fault = RecordFault(fields) { throw fault }
    }
}

extension Usage.Reservation {
    fileprivate init?(_ item: JSONValue) {
        guard case .array(let parts) = item, parts.count == 3, case .integer(let id) = parts[0],
            case .integer(let tokens) = parts[1], case .integer(let until) = parts[2], tokens >= 0,
            // Far enough from the ends of time to be reckoned with.
            (0...(1 << 53)).contains(until)
        else { return nil }
        self.init(id: id, tokens: tokens, until: Timestamp(milliseconds: Int64(until)))
    }
}

extension UsageWindow {
    fileprivate func isLater(than other: UsageWindow) -> Bool {
        guard let start, let otherStart = other.start else { return start != nil }
        return start > otherStart
    }

    fileprivate mutating func merge(_ present: UsageWindow) {
        if start == present.start {
            count = max(count, present.count)
            told = max(told, present.told)
        } else if !isLater(than: present) {
            self = present
        }
    }

    fileprivate init(_ key: String, _ fields: inout FieldReader) {
        self.init()
        guard let object = fields.object(key) else { return }
        var part = FieldReader(object, path: key)
        // Far enough from the ends of time to be reckoned with.
        let start = part.integer("start", in: 0...(1 << 53), as: "milliseconds since 1970") ?? 0
        self.start = Timestamp(milliseconds: Int64(start))
        count = part.count("count")
        told = part.count("told")
        fields.adopt(part.faults)
    }
}

extension JSONWriter {
    /// A window; nothing where nothing was counted in it.
    fileprivate mutating func field(_ key: String, _ window: UsageWindow) {
        guard let start = window.start else { return }
        field(key) { writer in
            writer.object { writer in
                writer.field("start", Int(start.milliseconds))
                writer.field("count", window.count)
                if window.told > 0 { writer.field("told", window.told) }
            }
        }
    }
}
