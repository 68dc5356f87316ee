import JSON

extension Section {
    /// A whole number.
    mutating func integer(_ key: String, in range: PartialRangeFrom<Int>) -> Int? {
        reader.integer(key, in: range.lowerBound...Int.max, as: "a whole number, \(range.lowerBound) or more")
    }

    /// A whole number.
    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        reader.integer(key, in: range, as: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// A temperature.
    mutating func temperature(_ key: String) -> Double? { reader.number(key, in: 0...2, as: "a number from 0 to 2") }

    /// A part of a whole, above 0.
    mutating func share(_ key: String) -> Double? {
        reader.number(key, in: .leastNonzeroMagnitude...1, as: "a number above 0, at most 1")
    }

    /// Seconds, above 0.
    mutating func seconds(_ key: String) -> Duration? { duration(key, from: .leastNonzeroMagnitude, "above 0") }

    /// Seconds, 0 included.
    mutating func delay(_ key: String) -> Duration? { duration(key, from: 0, "from 0 on") }

    private mutating func duration(_ key: String, from least: Double, _ bound: String) -> Duration? {
        let day = 86_400.0
        guard let seconds = reader.number(key, in: least...Double.infinity, as: "a number \(bound)") else { return nil }
        guard seconds <= day else {
            fault(key, expected: "at most \(Int(day)) seconds (a day)")
            return nil
        }
        return .seconds(seconds)
    }
}
