import JSON
import ServiceRuntime

/// What was measured, or null where it was not.
extension JSONWriter {
    /// A time in whole milliseconds.
    mutating func field(_ key: String, orNull time: Duration?) {
        if let time { field(key, time.milliseconds) } else { null(key) }
    }

    /// A speed, to one decimal.
    mutating func field(_ key: String, orNull speed: Double?) {
        if let speed { field(key, (speed * 10).rounded() / 10) } else { null(key) }
    }

    /// A field that is null.
    mutating func null(_ key: String) { field(key) { $0.null() } }
}
