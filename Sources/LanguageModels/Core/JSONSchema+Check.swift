import JSON
import ServiceRuntime

extension JSONSchema {
    /// Returns what of a value is not as the schema has it, with its place: `answer.at: expected a boolean, got a string`; nil
    /// where it follows the schema as far as that is looked at.
    ///
    /// What is not known here is not checked: a provider that holds its models to a schema may know more. No fault shows a
    /// text of the answer.
    func fault(in answer: JSONValue) -> String? {
        var check = SchemaCheck(root: value)
        return check.fault(of: answer, at: "", by: value)
    }
}

/// One answer held against a schema, by the keywords of JSON Schema 2020-12 that say most.
private struct SchemaCheck {
    /// The steps taken at most. References and alternatives can ask for any number of them.
    private static let maxSteps = 100_000
    /// How deep an answer is looked into: it recurses.
    private static let maxDepth = 64

    let root: JSONValue
    private var steps = 0

    init(root: JSONValue) { self.root = root }

    /// Returns the first fault of a value; nil where there is none, or no step is left.
    mutating func fault(of value: JSONValue, at place: String, by schema: JSONValue, depth: Int = 0) -> String? {
        steps += 1
        guard steps < Self.maxSteps, depth < Self.maxDepth else { return nil }
        if schema == .bool(false) { return message(place, "nothing", value) }
        guard let schema = schema.object else { return nil }
        if let reference = schema["$ref"]?.string, let target = target(of: reference),
            let fault = fault(of: value, at: place, by: target, depth: depth + 1)
        {
            return fault
        }
        return typeFault(of: value, at: place, by: schema) ?? boundFault(of: value, at: place, by: schema)
            ?? alternativeFault(of: value, at: place, by: schema, depth)
            ?? partFault(of: value, at: place, by: schema, depth)
    }

    /// `type`, `enum` and `const`.
    private mutating func typeFault(of value: JSONValue, at place: String, by schema: [String: JSONValue]) -> String? {
        let names = schema["type"]?.string.map { [$0] } ?? schema["type"]?.items?.compactMap(\.string) ?? []
        // OpenAPI's word.
        let isNull = value == .null && schema["nullable"] == .bool(true)
        if !names.isEmpty, !isNull, !names.contains(where: value.isOf) {
            return message(place, names.map(Self.withArticle).joined(separator: " or "), value)
        }
        // Each comparison is a step, too.
        steps += schema["enum"]?.items?.count ?? 0
        if steps < Self.maxSteps, let choices = schema["enum"]?.items, !choices.isEmpty, !isNull,
            !choices.contains(value)
        {
            let shown = choices.prefix(20).map(\.brief).joined(separator: ", ")
            return message(place, "one of " + shown + (choices.count > 20 ? ", …" : ""), value, isOther: true)
        }
        guard let constant = schema["const"], constant != value else { return nil }
        return message(place, constant.brief, value, isOther: true)
    }

    /// How large a number may be, how long a text, a list and an object.
    private func boundFault(of value: JSONValue, at place: String, by schema: [String: JSONValue]) -> String? {
        switch value {
        case .integer, .number:
            guard let number = value.double else { return nil }
            return bound(schema["minimum"], number, >=).map { message(place, "at least \($0)", value) }
                ?? bound(schema["maximum"], number, <=).map { message(place, "at most \($0)", value) }
                ?? bound(schema["exclusiveMinimum"], number, >).map { message(place, "more than \($0)", value) }
                ?? bound(schema["exclusiveMaximum"], number, <).map { message(place, "less than \($0)", value) }
        case .string(let text):
            return countFault(text.unicodeScalars.count, "Length", "characters", at: place, by: schema)
        case .array(let items): return countFault(items.count, "Items", "items", at: place, by: schema)
        case .object(let fields): return countFault(fields.count, "Properties", "fields", at: place, by: schema)
        case .null, .bool: return nil
        }
    }

    private func countFault(
        _ count: Int, _ keyword: String, _ unit: String, at place: String, by schema: [String: JSONValue]
    ) -> String? {
        if let least = bound(schema["min" + keyword], Double(count), >=) {
            return Self.at(place) + "expected at least \(least) \(unit), got \(count)"
        }
        return bound(schema["max" + keyword], Double(count), <=).map {
            Self.at(place) + "expected at most \($0) \(unit), got \(count)"
        }
    }

    /// A bound that a number breaks; nil where there is none, or it keeps to it.
    private func bound(_ bound: JSONValue?, _ number: Double, _ keeps: (Double, Double) -> Bool) -> String? {
        switch bound {
        case .integer?, .number?: bound?.double.flatMap { keeps(number, $0) ? nil : bound?.brief }
        default: nil
        }
    }

    /// `allOf`, `anyOf`, and `oneOf`, of which some servers make the same.
    private mutating func alternativeFault(
        of value: JSONValue, at place: String, by schema: [String: JSONValue], _ depth: Int
    ) -> String? {
        for part in schema["allOf"]?.items ?? [] {
            if let fault = fault(of: value, at: place, by: part, depth: depth + 1) { return fault }
        }
        for keyword in ["anyOf", "oneOf"] {
            var first: String?
            var isOne = false
            for part in schema[keyword]?.items ?? [] where !isOne {
                let fault = fault(of: value, at: place, by: part, depth: depth + 1)
                isOne = fault == nil
                first = first ?? fault
            }
            if !isOne, let first { return first }
        }
        return nil
    }

    /// `properties`, `required`, `additionalProperties`; `prefixItems` and `items`.
    private mutating func partFault(
        of value: JSONValue, at place: String, by schema: [String: JSONValue], _ depth: Int
    ) -> String? {
        switch value {
        case .array(let items):
            let first = schema["prefixItems"]?.items ?? []
            for (index, item) in items.enumerated() {
                guard let part = index < first.count ? first[index] : schema["items"] else { return nil }
                if let fault = fault(of: item, at: "\(place)[\(index)]", by: part, depth: depth + 1) { return fault }
            }
        case .object(let fields):
            for name in schema["required"]?.items ?? [] {
                guard let name = name.string, fields[name] == nil else { continue }
                return Self.at(Self.join(place, name)) + "expected a value, got nothing"
            }
            let properties = schema["properties"]?.object ?? [:]
            // Patterns are not looked at, so what one of them may allow is not known either.
            let rest = schema["patternProperties"] == nil ? schema["additionalProperties"] : nil
            guard !properties.isEmpty || rest != nil else { return nil }
            steps += fields.count
            guard steps < Self.maxSteps else { return nil }
            for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
                guard let part = properties[name] ?? rest else { continue }
                if part == .bool(false) {
                    let names = properties.keys.sorted().prefix(20).map(\.excerpt).joined(separator: ", ")
                    return Self.at(place) + "expected no fields but " + (names.isEmpty ? "none" : names)
                        + (properties.count > 20 ? ", …" : "")
                }
                if let fault = fault(of: field, at: Self.join(place, name), by: part, depth: depth + 1) { return fault }
            }
        case .null, .bool, .integer, .number, .string: break
        }
        return nil
    }

    /// What a reference within the schema (`#`, `#/$defs/NAME`) means; nil for any other.
    private func target(of reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var target: JSONValue? = root
        for key in reference.dropFirst().split(separator: "/") { target = target?[String(key)] }
        return target
    }

    /// - Parameter isOther: whether a string was to be another one.
    private func message(_ place: String, _ expected: String, _ value: JSONValue, isOther: Bool = false) -> String {
        let got = value.string == nil ? value.brief : isOther ? "another string" : "a string"
        return Self.at(place) + "expected \(expected), got \(got)"
    }

    private static func at(_ place: String) -> String { place.isEmpty ? "" : "\(place): " }

    private static func join(_ place: String, _ name: String) -> String {
        place.isEmpty ? name.excerpt : "\(place).\(name.excerpt)"
    }

    private static func withArticle(_ type: String) -> String {
        switch type {
        case "null": type
        case "object", "array", "integer": "an \(type)"
        default: "a \(type)"
        }
    }
}

extension JSONValue {
    /// Whether it is of a type of JSON Schema. One that is not known says nothing.
    fileprivate func isOf(_ type: String) -> Bool {
        switch (type, self) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("number", .integer), ("number", .number), ("integer", .integer):
            true
        // Beyond what fits, a whole number is one all the same.
        case ("integer", .number(let number)): number == number.rounded()
        case ("null", _), ("boolean", _), ("string", _), ("array", _), ("object", _), ("number", _), ("integer", _):
            false
        default: true
        }
    }
}
