import Concurrency
import JSON
import ServiceRuntime

extension Section {
    /// Returns the truth value at a key; nil if it is absent or wrong.
    package mutating func flag(_ key: String) -> Bool? { reader.bool(key) }

    /// A truth value.
    package mutating func flag(_ key: String, _ value: inout Bool) {
        value = flag(key) ?? value
        note(key, .bool(value))
    }

    /// Returns the whole number at a key; nil if it is absent or wrong.
    package mutating func integer(_ key: String, in range: some RangeExpression<Int>) -> Int? {
        let bounds = range.relative(to: 0..<Int.max)
        let (least, most) = (bounds.lowerBound, bounds.upperBound - 1)
        let text =
            bounds.upperBound == .max ? "a whole number, \(least) or more" : "a whole number from \(least) to \(most)"
        return reader.integer(key, in: least...most, as: text)
    }

    /// A whole number.
    package mutating func integer(_ key: String, _ value: inout Int, in range: some RangeExpression<Int>) {
        value = integer(key, in: range) ?? value
        note(key, .integer(value))
    }

    /// A whole number, or none.
    package mutating func integer(_ key: String, _ value: inout Int?, in range: some RangeExpression<Int>) {
        value = integer(key, in: range) ?? value
        note(key, value.map { .integer($0) } ?? .null)
    }

    /// Returns the number at a key; nil if it is absent or wrong.
    /// - Parameter expected: what it is to be, for the fault.
    package mutating func number(_ key: String, in range: ClosedRange<Double>, as expected: String) -> Double? {
        reader.number(key, in: range, as: expected)
    }

    /// A number.
    package mutating func number(
        _ key: String, _ value: inout Double, in range: ClosedRange<Double>, as expected: String
    ) {
        value = number(key, in: range, as: expected) ?? value
        note(key, .number(value))
    }

    /// Seconds, at most a day; nil where there are none.
    /// - Parameter orZero: whether they may be 0.
    package mutating func seconds(_ key: String, orZero: Bool = false) -> Duration? {
        let day = 86_400.0
        let range = (orZero ? 0 : .leastNonzeroMagnitude)...Double.infinity
        guard let seconds = number(key, in: range, as: orZero ? "a number from 0 on" : "a number above 0") else {
            return nil
        }
        if seconds <= day { return .seconds(seconds) }
        fault(key, expected: "at most \(Int(day)) seconds (a day)")
        return nil
    }

    /// Seconds, at most a day.
    package mutating func seconds(_ key: String, _ value: inout Duration, orZero: Bool = false) {
        value = seconds(key, orZero: orZero) ?? value
        note(key, .number(value.seconds))
    }

    /// Seconds, at most a day, or none.
    package mutating func seconds(_ key: String, _ value: inout Duration?) {
        value = seconds(key) ?? value
        note(key, value.map { .number($0.seconds) } ?? .null)
    }

    /// A whole number of seconds, or of another unit.
    package mutating func duration(
        _ key: String, _ value: inout Duration, in range: ClosedRange<Int>, unit: Duration = .seconds(1)
    ) {
        value = integer(key, in: range).map { unit * $0 } ?? value
        note(key, .number(value / unit))
    }

    /// Returns one of the words of `Value`; nil if it is absent or wrong.
    package mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: String) -> Value? {
        guard let text = string(key) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let hint = NearestName.hint(for: text, among: Value.allCases.map(\.rawValue))
        fault(key, "expected \(Self.alternatives(Value.self)), got \(written(key))\(hint)")
        return nil
    }

    /// One of the words of `Value`.
    package mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: String, _ value: inout Value) {
        value = choice(key) ?? value
        note(key, .string(value.rawValue))
    }

    /// `text, json or xml`.
    package static func alternatives<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> String {
        let words = Value.allCases.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }

    /// What stands at `key`, for a fault.
    package func written(_ key: String) -> String { fields[key]?.brief ?? "nothing" }
}
