/// Metrics in Prometheus' text format, read strictly.
package struct Exposition {
    /// What each metric is, by name.
    package private(set) var types: [String: String] = [:]
    /// What each metric is for, by name, as it is written.
    package private(set) var help: [String: String] = [:]
    /// The values, by name and labels as they are written: `name{a="b"}`.
    package private(set) var samples: [String: Double] = [:]
    /// What is wrong with the text; empty: nothing.
    package private(set) var faults: [String] = []

    /// - Parameter text: all of it.
    package init(_ text: String) {
        if !text.isEmpty, !text.hasSuffix("\n") { faults.append("the last line has no end") }
        var current = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 3).map(String.init)
                guard words.count == 4, ["HELP", "TYPE"].contains(words[1]) else {
                    faults.append("no comment: \(line)")
                    continue
                }
                current = words[2]
                if words[1] == "HELP" {
                    if help.updateValue(words[3], forKey: current) != nil { faults.append("twice: \(line)") }
                } else if types.updateValue(words[3], forKey: current) != nil {
                    faults.append("twice: \(line)")
                }
            } else {
                add(line, of: current)
            }
        }
        for name in types.keys where types[name] == "histogram" { check(histogram: name) }
    }

    /// The value of a sample; nil where there is none.
    package subscript(sample: String) -> Double? { samples[sample] }

    /// The sum of all samples of that name whose labels have these parts.
    package func sum(_ name: String, _ parts: String...) -> Double {
        samples.filter { key, _ in
            (key == name || key.hasPrefix(name + "{")) && parts.allSatisfy { key.contains($0) }
        }.values.reduce(0, +)
    }

    /// The metrics' names.
    package var names: Set<String> { Set(types.keys) }

    private mutating func add(_ line: Substring, of current: String) {
        guard let space = line.lastIndex(of: " "), let value = Self.number(line[line.index(after: space)...]) else {
            return faults.append("no sample: \(line)")
        }
        let key = String(line[..<space])
        let name = key.prefix { $0 != "{" }
        let suffixes = types[current] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        if !suffixes.contains(where: { current + $0 == name }) { faults.append("not of \(current): \(line)") }
        if !name.utf8.allSatisfy(Self.isOfNames) { faults.append("no name: \(line)") }
        if key != name, !key.hasSuffix("\"}") { faults.append("no labels: \(line)") }
        if samples.updateValue(value, forKey: key) != nil { faults.append("twice: \(line)") }
    }

    private static func number(_ text: Substring) -> Double? { text == "+Inf" ? .infinity : Double(text) }

    private static func isOfNames(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }

    /// Each series' buckets never fall, and the last is the count.
    private mutating func check(histogram name: String) {
        for (key, count) in samples where key.hasPrefix(name + "_count") {
            let labels = key.dropFirst(name.utf8.count + 6).dropFirst().dropLast()
            let begin = labels.isEmpty ? "\(name)_bucket{le=\"" : "\(name)_bucket{\(labels),le=\""
            let buckets = samples.filter { $0.key.hasPrefix(begin) }.compactMap { key, value in
                Self.number(key.dropFirst(begin.utf8.count).dropLast(2)).map { (bound: $0, count: value) }
            }.sorted { $0.bound < $1.bound }
            if buckets.last?.bound != .infinity || buckets.last?.count != count {
                faults.append("the last bucket is not the count: \(key)")
            }
            if zip(buckets, buckets.dropFirst()).contains(where: { $0.count > $1.count }) {
                faults.append("buckets fall: \(key)")
            }
            if samples["\(name)_sum" + key.dropFirst(name.utf8.count + 6)] == nil { faults.append("no sum: \(key)") }
        }
    }
}
