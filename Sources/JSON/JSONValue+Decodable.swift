extension JSONValue: Decodable {
    /// Any value, as part of a type that the toolchain's decoder reads.
    public init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let text = try? single.decode(String.self) {
            self = .string(text)
        } else if single.decodeNil() {
            self = .null
        } else if let fields = try? single.decode([String: JSONValue].self) {
            self = .object(fields)
        } else if let items = try? single.decode([JSONValue].self) {
            self = .array(items)
        } else if let truth = try? single.decode(Bool.self) {
            self = .bool(truth)
        } else if let integer = try? single.decode(Int.self) {
            self = .integer(integer)
        } else {
            self = .number(try single.decode(Double.self))
        }
    }
}
