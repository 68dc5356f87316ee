import FoundationEssentials
import ServiceRuntime

extension Timestamp {
    /// RFC 3339 in UTC, to the millisecond: nats-py reads no time without a fraction.
    var text: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
