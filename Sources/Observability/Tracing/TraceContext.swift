import ServiceRuntime

/// A place in a trace, as it is handed from process to process.
///
/// Wire: W3C Trace Context, level 1 and what level 2 adds (the random flag); section 3.2, `traceparent`, and 3.3,
/// `tracestate`. A reference: requests hold it while they wait.
package final class TraceContext: Sendable, Hashable {
    /// The trace.
    package let traceID: TraceID
    /// The span that spans made from here are below.
    package let spanID: SpanID
    /// Whether the trace is recorded.
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

    /// Reads the headers of a message or a request, whose names are matched without regard to case: on NATS both
    /// spellings are in use. Nil where there is no `traceparent`, more than one, or one that cannot be read.
    package convenience init?(_ headers: [(name: String, value: String)]) {
        var parents: [String] = []
        var states: [String] = []
        for (name, value) in headers {
            switch name.utf8.count {
            case 11 where name.lowercased() == "traceparent": parents.append(value)
            case 10 where name.lowercased() == "tracestate": states.append(value)
            default: break
            }
        }
        guard parents.count == 1 else { return nil }
        self.init(traceparent: parents[0], tracestate: states.isEmpty ? nil : states.joined(separator: ","))
    }

    /// Of a `traceparent`, later versions included.
    private static let maxBytes = 512
    private static let dash = UInt8(ascii: "-")

    /// Whether it is recorded.
    package var isSampled: Bool { flags.contains(.sampled) }

    /// The header's value, in version 00.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(flags.rawValue.hexadecimal)" }

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

/// What is said of a whole trace besides its id. Of flags that are not known nothing is handed on.
package struct TraceFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue & 0x03 }

    /// Whoever called records it, and so may whoever is called.
    package static let sampled = TraceFlags(rawValue: 0x01)
    /// The last seven bytes of the trace's id are random (level 2).
    package static let randomID = TraceFlags(rawValue: 0x02)
}

/// What may be handed on as `tracestate`.
///
/// Wire: W3C Trace Context, level 2, section 3.3.1.
private enum TraceState {
    /// Everybody is to hand on as much.
    static let maxBytes = 512
    private static let maxMembers = 32

    /// Whether it is a list of `key=value`, of a bounded length, no key twice.
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= maxBytes else { return false }
        var keys: Set<Substring> = []
        for member in text.split(separator: ",", omittingEmptySubsequences: false) {
            let member = trimmed(member)
            // Empty members are allowed, and count for nothing.
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: "="),
                isKey(member[..<equals]), isValue(member[member.index(after: equals)...]),
                keys.insert(member[..<equals]).inserted
            else { return false }
        }
        return (1...maxMembers).contains(keys.count)
    }

    private static func isKey(_ key: Substring) -> Bool {
        guard let first = key.utf8.first, isLetter(first) || isDigit(first), key.utf8.count <= 256 else { return false }
        return key.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isValue(_ value: Substring) -> Bool {
        guard let last = value.utf8.last, last != UInt8(ascii: " "), value.utf8.count <= 256 else { return false }
        return value.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E && $0 != UInt8(ascii: "=") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
