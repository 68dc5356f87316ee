package import JSON

/// A span as a collector reads it, strictly: a field that OTLP does not know, or in another form than it asks for, is a
/// fault.
package struct CollectedSpan: Sendable {
    package let traceID, spanID: String
    /// Nil for the first of its trace.
    package let parent: String?
    package let state: String?
    package let flags: Int
    package let name: String
    package let kind: Int
    /// Nanoseconds since 1970.
    package let start, end: UInt64
    package let attributes: [String: JSONValue]
    package let events: [(name: String, time: UInt64)]
    /// Nil where nothing is said; 2 is an error.
    package let status: (code: Int, message: String?)?
    /// What is said of the process.
    package let resource: [String: JSONValue]

    /// What stands under a name.
    package subscript(key: String) -> JSONValue? { attributes[key] }

    /// The spans of an `ExportTraceServiceRequest`.
    package static func all(in body: [UInt8]) throws -> [CollectedSpan] {
        var request = try Fields(try JSONValue(parsing: body))
        let spans = try request.list("resourceSpans").flatMap { value in
            var group = try Fields(value)
            var resource = try Fields(try group.take("resource"))
            let attributes = try Self.attributes(try resource.list("attributes"))
            try resource.end()
            let spans = try group.list("scopeSpans").flatMap { value in
                var scoped = try Fields(value)
                var scope = try Fields(try scoped.take("scope"))
                _ = try (scope.text("name"), scope.text("version"))
                try scope.end()
                let spans = try scoped.list("spans").map { try CollectedSpan($0, attributes) }
                try scoped.end()
                return spans
            }
            try group.end()
            return spans
        }
        try request.end()
        return spans
    }

    private init(_ value: JSONValue, _ resource: [String: JSONValue]) throws {
        var fields = try Fields(value)
        self.resource = resource
        traceID = try fields.identifier("traceId", digits: 32)
        spanID = try fields.identifier("spanId", digits: 16)
        parent = fields.has("parentSpanId") ? try fields.identifier("parentSpanId", digits: 16) : nil
        state = fields.has("traceState") ? try fields.text("traceState") : nil
        flags = try fields.integer("flags")
        name = try fields.text("name")
        kind = try fields.integer("kind")
        start = try fields.nanoseconds("startTimeUnixNano")
        end = try fields.nanoseconds("endTimeUnixNano")
        attributes = try Self.attributes(try fields.list("attributes"))
        events = try (fields.has("events") ? fields.list("events") : []).map { value in
            var event = try Fields(value)
            let pair = try (name: event.text("name"), time: event.nanoseconds("timeUnixNano"))
            try event.end()
            return pair
        }
        if fields.has("status") {
            var status = try Fields(try fields.take("status"))
            self.status = try (status.integer("code"), status.has("message") ? status.text("message") : nil)
            try status.end()
        } else {
            status = nil
        }
        try fields.end()
        guard (0...5).contains(kind), !name.isEmpty, start > 0, end >= start, (0..<0x400).contains(flags) else {
            throw Unfit(what: "span \(value)")
        }
    }

    private static func attributes(_ values: [JSONValue]) throws -> [String: JSONValue] {
        var attributes: [String: JSONValue] = [:]
        for value in values {
            var fields = try Fields(value)
            let key = try fields.text("key")
            guard attributes.updateValue(try any(try fields.take("value")), forKey: key) == nil else {
                throw Unfit(what: "\(key) twice")
            }
            try fields.end()
        }
        return attributes
    }

    private static func any(_ value: JSONValue) throws -> JSONValue {
        guard let object = value.object, object.count == 1, let (kind, content) = object.first else {
            throw Unfit(what: "value \(value)")
        }
        switch (kind, content) {
        case ("stringValue", .string), ("boolValue", .bool), ("doubleValue", .number), ("doubleValue", .integer):
            return content
        case ("intValue", .string(let digits)):
            guard let number = Int(digits) else { throw Unfit(what: "intValue \(digits)") }
            return .integer(number)
        case ("arrayValue", let list):
            var fields = try Fields(list)
            let values = try fields.list("values").map(any)
            try fields.end()
            return .array(values)
        default: throw Unfit(what: "value \(value)")
        }
    }

    /// What is no OTLP.
    package struct Unfit: Error {
        package let what: String
    }

    /// Fields of an object, each to be taken once, and none left.
    private struct Fields {
        private var fields: [String: JSONValue]

        init(_ value: JSONValue) throws {
            guard let object = value.object else { throw Unfit(what: "no object: \(value)") }
            fields = object
        }

        func has(_ key: String) -> Bool { fields[key] != nil }

        mutating func take(_ key: String) throws -> JSONValue {
            guard let value = fields.removeValue(forKey: key) else { throw Unfit(what: "no \(key)") }
            return value
        }

        mutating func text(_ key: String) throws -> String {
            guard case .string(let text) = try take(key) else { throw Unfit(what: key) }
            return text
        }

        mutating func integer(_ key: String) throws -> Int {
            guard case .integer(let number) = try take(key) else { throw Unfit(what: key) }
            return number
        }

        mutating func list(_ key: String) throws -> [JSONValue] {
            guard case .array(let values) = try take(key) else { throw Unfit(what: key) }
            return values
        }

        mutating func nanoseconds(_ key: String) throws -> UInt64 {
            let digits = try text(key)
            guard let number = UInt64(digits), String(number) == digits else { throw Unfit(what: "\(key): \(digits)") }
            return number
        }

        mutating func identifier(_ key: String, digits count: Int) throws -> String {
            let text = try text(key)
            guard text.utf8.count == count, text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }),
                text.contains(where: { $0 != "0" })
            else { throw Unfit(what: "\(key): \(text)") }
            return text
        }

        func end() throws {
            guard fields.isEmpty else { throw Unfit(what: "unknown: \(fields.keys.sorted())") }
        }
    }
}
