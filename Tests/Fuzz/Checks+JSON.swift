import JSON

extension Checks {
    /// The reader takes what the parser takes, but for bytes that are no UTF-8 in strings that it skips; and what it reads
    /// is what the parser reads.
    static func json(_ input: Input) throws(Broken) {
        let parsed = Result { () throws(JSONError) in try JSONValue(parsing: input.text) }
        let skipped = Result { () throws(JSONError) in
            var reader = JSONReader(input.text)
            try reader.document { reader throws(JSONError) in try reader.skip() }
        }
        let read = Result { () throws(JSONError) in
            var reader = JSONReader(input.text)
            var value = JSONValue.null
            try reader.document { reader throws(JSONError) in value = try Self.value(&reader) }
            return value
        }
        try expect(parsed == read, "the parser says \(parsed), the reader \(read)")
        switch (parsed, skipped) {
        case (.success, .success): break
        case (.success, .failure(let error)): throw Broken(what: "skipping fails: \(error)")
        case (.failure(let error), _):
            // With every byte that is no UTF-8 replaced nothing else may be wrong, and the other way round.
            let mended = Array(String(decoding: input.text, as: UTF8.self).utf8)
            let isUTF8 = mended == input.text
            let isGood = (try? JSONValue(parsing: mended)) != nil
            switch skipped {
            case .success: try expect(!isUTF8 && isGood, "skipping takes what the parser does not: \(error)")
            case .failure(let other):
                try expect(isUTF8 ? true : !isGood || other.reason.contains("UTF-8"), "skipping fails: \(other)")
            }
        }
    }

    /// Builds with the reader what the parser builds.
    private static func value(_ reader: inout JSONReader) throws(JSONError) -> JSONValue {
        if reader.isString { return .string(try reader.string() ?? "none") }
        if reader.isArray {
            var items: [JSONValue] = []
            try reader.items { reader throws(JSONError) in items.append(try value(&reader)) }
            return .array(items)
        }
        guard reader.isObject else { return try reader.value() }
        var fields: [String: JSONValue] = [:]
        try reader.fields { key, reader throws(JSONError) in fields[key] = try value(&reader) }
        return .object(fields)
    }
}
