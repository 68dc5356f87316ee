import Concurrency
package import JSON
import ServiceRuntime

extension JSONWriter {
    /// Writes a string field, if there is one.
    mutating func field(_ key: String, ifSet text: String?) {
        if let text { field(key, text) }
    }

    /// Writes a field of any value, if there is one.
    mutating func field(_ key: String, ifSet value: JSONValue?) {
        if let value { field(key) { $0.value(value) } }
    }

    /// Writes a time in whole milliseconds, null where it was not measured.
    mutating func field(_ key: String, orNull time: Duration?) {
        if let time { field(key, time.milliseconds) } else { null(key) }
    }

    /// Writes a speed to one decimal, null where it was not measured.
    mutating func field(_ key: String, orNull speed: Double?) {
        if let speed { field(key, (speed * 10).rounded() / 10) } else { null(key) }
    }

    /// Writes a field that is null.
    package mutating func null(_ key: String) { field(key) { $0.null() } }
}

extension StringProtocol {
    /// The size in bytes of the text as ``JSONWriter`` writes it, without the quotes.
    package var sizeAsJSON: Int { utf8.reduce(0) { $0 + Self.sizeAsJSON($1) } }

    private static func sizeAsJSON(_ byte: UInt8) -> Int {
        switch byte {
        case 0x09, 0x0A, 0x0D, UInt8(ascii: "\""), UInt8(ascii: "\\"): 2
        case ..<0x20: 6
        default: 1
        }
    }
}
