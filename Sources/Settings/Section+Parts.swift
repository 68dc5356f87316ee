package import JSON

extension Section {
    /// Reads the object at `key`, an empty one where there is none; nothing where something else stands. The fault of that
    /// never shows it: a key may have been put where a section belongs.
    package mutating func section(_ key: String, _ read: (inout Section) -> Void) {
        let fields = object(key)
        guard fields != nil || [nil, .null].contains(self.fields[key]) else { return }
        part(fields ?? [:], key, read)
    }

    /// Reads the object at `key` into the settings of a part.
    package mutating func section(_ key: String, _ settings: inout some Configurable) {
        section(key) { settings.read(&$0) }
    }

    /// Reads a list of objects; what `read` answers nil for is left out.
    package mutating func objects<Value>(
        _ key: String, of items: String, _ read: (inout Section) -> Value?
    ) -> [Value] {
        var values: [Value] = []
        for (index, item) in (reader.array(key, of: items) ?? []).enumerated() {
            let place = "\(key)[\(index)]"
            if case .object(let fields) = item {
                part(fields, place) { part in
                    if let value = read(&part) { values.append(value) }
                }
            } else {
                fault(place, expected: "an object", got: item, withheld: true)
            }
        }
        return values
    }

    private mutating func part(_ fields: [String: JSONValue], _ place: String, _ read: (inout Section) -> Void) {
        let object = JSONObject(fields, source: reader.source(place))
        var part = Section(object, path: reader.path + place, environment: environment)
        read(&part)
        part.finish()
        adopt(part)
    }

    /// The field as it stands; nil for absent or null.
    package mutating func value(_ key: String) -> JSONValue? { reader.value(key) }

    /// An object whose meaning is another's business: taken as it was written, but for the environment in its strings.
    package mutating func passedOn(_ key: String) -> RawJSON? {
        guard object(key) != nil, let source = reader.source(key) else { return nil }
        var writer = JSONWriter()
        expand(source, at: key, into: &writer)
        return RawJSON(writer.bytes)
    }

    private mutating func object(_ key: String) -> [String: JSONValue]? {
        guard let value = reader.value(key) else { return nil }
        if case .object(let fields) = value { return fields }
        fault(key, expected: "an object", withheld: true)
        return nil
    }

    private mutating func expand(_ json: RawJSON, at place: String, into writer: inout JSONWriter) {
        switch json.value {
        case .string(let text): writer.string(expand(text, at: place) ?? text)
        case .array:
            writer.array { writer in
                for (index, item) in json.items.enumerated() { expand(item, at: "\(place)[\(index)]", into: &writer) }
            }
        case .object:
            writer.object { writer in
                for (key, value) in json.fields {
                    writer.field(key) { expand(value, at: "\(place).\(key)", into: &$0) }
                }
            }
        case .null, .bool, .integer, .number: writer.value(json)
        }
    }
}
