/// Writes metrics as Prometheus reads them: the text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
package struct MetricsWriter {
    /// What a metric is.
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    /// A label's name, which is ours, and its value, which may be anybody's.
    package typealias Label = (name: String, value: String)

    /// The type of what is written, for HTTP.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What was written.
    package private(set) var bytes: [UInt8] = []
    private var name = ""

    /// Nothing yet.
    package init() { bytes.reserveCapacity(32 << 10) }

    /// Begins a metric; its samples follow.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_`; ends in its unit, and a counter's in `_total`. Once in a text.
    ///   - help: what exactly is measured.
    package mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        append("# HELP \(name) ")
        append(escaping: help, quote: false)
        append("\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// Writes a metric that is one number.
    package mutating func metric(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        begin(name, kind, help)
        sample(value)
    }

    /// One value of it.
    package mutating func sample(_ value: Int, _ labels: [Label] = []) { line("", labels, String(value)) }

    /// One value of it.
    package mutating func sample(_ value: Double, _ labels: [Label] = []) { line("", labels, Self.text(value)) }

    /// One histogram of it.
    mutating func sample(_ reading: Histogram.Reading, _ labels: [Label]) {
        for bucket in reading.buckets {
            line("_bucket", labels + [("le", Self.text(bucket.bound))], String(bucket.count))
        }
        line("_sum", labels, Self.text(reading.sum))
        line("_count", labels, String(reading.count))
    }

    private mutating func line(_ suffix: String, _ labels: [Label], _ value: String) {
        append(name)
        append(suffix)
        for (index, label) in labels.enumerated() {
            append(index == 0 ? "{" : ",")
            append("\(label.name)=\"")
            append(escaping: label.value, quote: true)
            append("\"")
        }
        append(labels.isEmpty ? " " : "} ")
        append(value)
        append("\n")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// In a help text `\` and line feeds are escaped, in a label's value `"` too. Other control characters are none that
    /// any reader has to expect.
    private mutating func append(escaping text: String, quote: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quote: append("\\\"")
            case 0..<0x20, 0x7F: append(" ")
            default: bytes.append(byte)
            }
        }
    }

    /// A number as Go's `ParseFloat` reads it.
    static func text(_ value: Double) -> String {
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.isNaN { return "NaN" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
