import JSON

extension Section {
    /// Reads the object at `key`, an empty one where there is none; nothing where something else stands. The fault of that
    /// never shows it: a key may have been put where a section belongs.
    mutating func section(_ key: String, _ read: (inout Section) -> Void) {
        let fields = object(key)
        guard fields != nil || [nil, .null].contains(self.fields[key]) else { return }
        part(fields ?? [:], key, read)
    }

    /// An object as it stands.
    mutating func object(_ key: String) -> [String: JSONValue]? {
        guard let value = reader.value(key) else { return nil }
        guard case .object(let fields) = value else {
            fault(key, expected: "an object", withheld: true)
            return nil
        }
        return fields
    }

    /// Reads a list of objects; what `read` answers nil for is left out.
    mutating func objects<Value>(_ key: String, of items: String, _ read: (inout Section) -> Value?) -> [Value] {
        var values: [Value] = []
        for (index, item) in (reader.array(key, of: items) ?? []).enumerated() {
            let place = "\(key)[\(index)]"
            if case .object(let fields) = item {
                part(fields, place) { part in
                    if let value = read(&part) { values.append(value) }
                }
            } else {
                reader.fault(place, expected: "an object", got: item, withheld: true)
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
}
