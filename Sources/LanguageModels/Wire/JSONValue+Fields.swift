import JSON

/// How answers are read: whatever a field holds, what is not of the expected kind is as good as absent, and never
/// costs the rest of the answer.
extension JSONValue {
    /// A field of an object; nil where there is none, or it is null.
    subscript(_ key: String) -> JSONValue? {
        guard case .object(let fields) = self, let value = fields[key], value != .null else { return nil }
        return value
    }

    /// The elements of a list.
    var items: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    /// The truth of a truth value.
    var bool: Bool? {
        guard case .bool(let truth) = self else { return nil }
        return truth
    }

    /// A number, also where it is written as a string.
    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .string(let text): Double(text)
        default: nil
        }
    }

    /// The number of tokens in a field: absent and wrong ones are 0, and none is so large that a sum could overflow.
    func tokens(_ key: String) -> Int {
        self[key]?.count ?? 0
    }

    /// A number of tokens or nanoseconds; see ``tokens(_:)``.
    var count: Int {
        guard case .integer(let count) = self else { return 0 }
        return min(max(count, 0), 1 << 40)
    }
}
