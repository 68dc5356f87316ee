extension TraceContext {
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
}
