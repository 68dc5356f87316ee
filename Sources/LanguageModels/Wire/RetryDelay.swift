import FoundationEssentials
import HTTPTransport

/// How long a provider asks to wait: `retry-after-ms`, then `Retry-After` in seconds, with fractions or as a date, then
/// `x-ratelimit-reset-*` of the limit that is used up (the order of OpenAI's client; RFC 9110 section 10.2.3).
enum RetryDelay {
    /// A day: what asks for more asks not to come back, and says it with this just as well.
    static let longest = Duration.seconds(86_400)

    /// - Parameters:
    ///   - headers: of the answer.
    ///   - now: what a date is compared with.
    /// - Returns: nil where nothing was asked, or nothing that makes sense.
    static func asked(by headers: HTTPHeaders, now: Date = Date()) -> Duration? {
        // LiteLLM's proxy passes on what the provider behind it sent, under names of its own.
        for prefix in ["", "llm_provider-"] {
            if let text = headers[prefix + "retry-after-ms"], let delay = duration(text, unit: 0.001) { return delay }
            guard let text = headers[prefix + "retry-after"] else { continue }
            if let delay = duration(text, unit: 1) { return delay }
            if let date = HTTPDate(text) {
                return bounded(Double(date.secondsSince1970) - now.timeIntervalSince1970)
            }
        }
        for limit in ["requests", "tokens"] where headers["x-ratelimit-remaining-\(limit)"] == "0" {
            if let text = headers["x-ratelimit-reset-\(limit)"], let delay = composed(text) { return delay }
        }
        return nil
    }

    /// A delay in seconds, brought into bounds; nil for what is no number.
    static func bounded(_ seconds: Double) -> Duration? {
        guard seconds.isFinite else { return nil }
        return min(longest, .milliseconds(Int(max(0, min(seconds, 1e9)) * 1000)))
    }

    private static func duration(_ text: String, unit: Double) -> Duration? {
        guard let number = Double(text), number >= 0 else { return nil }
        return bounded(number * unit)
    }

    /// `6m0s`, `1h2m3.5s`, `120ms`: a duration as Go prints it.
    private static func composed(_ text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 0.001), ("h", 3600), ("m", 60), ("s", 1)]
        var rest = Substring(text)
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else {
                return nil
            }
            rest = rest.dropFirst(unit.0.count)
            seconds += number * unit.1
        }
        return text.isEmpty ? nil : bounded(seconds)
    }
}
