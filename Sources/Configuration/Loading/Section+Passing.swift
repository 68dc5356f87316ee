import JSON

extension Section {
    /// An object whose meaning is another's business: taken as it stands, but for the environment in its strings.
    mutating func passedOn(_ key: String) -> [String: JSONValue]? {
        object(key).map { expanded($0, at: key) }
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
