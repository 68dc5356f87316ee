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
        var part = Section(fields, path: reader.path + place, environment: environment)
        read(&part)
        part.finish()
        adopt(part)
    }

    /// The field as it stands; nil for absent or null.
    package mutating func value(_ key: String) -> JSONValue? { reader.value(key) }

    /// An object whose meaning is another's business: taken as it stands, but for the environment in its strings.
    package mutating func passedOn(_ key: String) -> [String: JSONValue]? {
        object(key).map { expanded($0, at: key) }
    }

    private mutating func object(_ key: String) -> [String: JSONValue]? {
        guard let value = reader.value(key) else { return nil }
        if case .object(let fields) = value { return fields }
        fault(key, expected: "an object", withheld: true)
        return nil
    }

    private mutating func expanded(_ fields: [String: JSONValue], at place: String) -> [String: JSONValue] {
        var expanded = fields
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            expanded[name] = self.expanded(value, at: "\(place).\(name)")
        }
        return expanded
    }

    private mutating func expanded(_ value: JSONValue, at place: String) -> JSONValue {
        switch value {
        case .string(let text): .string(expand(text, at: place) ?? text)
        case .array(let items):
            .array(items.enumerated().map { index, item in expanded(item, at: "\(place)[\(index)]") })
        case .object(let fields):
            .object(expanded(fields, at: place))
        case .null, .bool, .integer, .number: value
        }
    }
}
