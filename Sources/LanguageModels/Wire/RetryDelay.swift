import FoundationEssentials
import HTTPTransport
import JSON

/// How long a provider asks to wait: `retry-after-ms`, then `Retry-After` in seconds, with fractions or as a date, then
/// `x-ratelimit-reset-*` of the limit that is used up (the order of OpenAI's client; RFC 9110 section 10.2.3), and OpenRouter's
/// `X-RateLimit-Reset`; the same in an error's fields, and in its sentence.
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
        for limit in ["-requests", "-tokens"] where headers["x-ratelimit-remaining" + limit] == "0" {
            if let text = headers["x-ratelimit-reset" + limit], let delay = composed(text) { return delay }
        }
        guard headers["x-ratelimit-remaining"] ?? "0" == "0", let reset = headers["x-ratelimit-reset"] else {
            return nil
        }
        return duration(until: reset, now)
    }

    /// What the fields of an error ask for (Google's `RetryInfo` has `retryDelay: "4s"`).
    static func asked(by fields: [String: JSONValue]) -> Duration? {
        let keys = [("retry_after_ms", 0.001), ("retry_after", 1), ("retry_after_seconds", 1), ("retryDelay", 1)]
        return keys.lazy.compactMap { key, unit in
            fields[key].flatMap { $0.double.flatMap { bounded($0 * unit) } ?? $0.string.flatMap(composed) }
        }.first
    }

    /// What a sentence asks for: "try again in 4.2s", "retry after 3 seconds", "wait 1 minute 30 seconds".
    ///
    /// - Parameter sentence: in lower case.
    static func asked(in sentence: String) -> Duration? {
        let words = sentence.split(whereSeparator: \.isWhitespace)
        for (index, word) in words.enumerated() {
            guard word == "again" || word.hasPrefix("retry") || word.hasPrefix("wait") else { continue }
            // "in", "after", "for at least", "your request in"
            guard let next = words[(index + 1)...].prefix(4).firstIndex(where: { $0.first?.isNumber == true }) else {
                continue
            }
            var rest = words[next...].prefix(8).joined(separator: " ")[...]
            // A bare number at a sentence's end is one of seconds.
            let isLast = words[next].hasSuffix(".") || next == words.endIndex - 1
            let number = isLast ? Double(words[next].hasSuffix(".") ? words[next].dropLast() : words[next]) : nil
            if let seconds = seconds(in: &rest) ?? number { return bounded(seconds) }
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

    /// Until an instant, in seconds or milliseconds since 1970; a small number is one of seconds from now.
    private static func duration(until text: String, _ now: Date) -> Duration? {
        guard let number = Double(text), number >= 0 else { return composed(text) }
        if number < 1e9 { return bounded(number) }
        return bounded((number < 1e11 ? number : number / 1000) - now.timeIntervalSince1970)
    }

    /// `6m0s`, `1h2m3.5s`, `120ms`: a duration as Go prints it.
    private static func composed(_ text: String) -> Duration? {
        var rest = text[...]
        guard let seconds = seconds(in: &rest), rest.isEmpty else { return nil }
        return bounded(seconds)
    }

    private static let units: [(names: Set<String>, seconds: Double)] = [
        (["ms", "millisecond", "milliseconds"], 0.001), (["s", "sec", "secs", "second", "seconds"], 1),
        (["m", "min", "mins", "minute", "minutes"], 60), (["h", "hr", "hrs", "hour", "hours"], 3600),
        (["d", "day", "days"], 86_400),
    ]

    /// Takes the numbers and units that a text begins with; nil where it begins with none.
    private static func seconds(in text: inout Substring) -> Double? {
        var sum: Double?
        while true {
            let digits = text.drop { $0 == " " }.prefix { $0.isNumber || $0 == "." }
            let unit = text[digits.endIndex...].drop { $0 == " " }.prefix(while: \.isLetter)
            guard let number = Double(digits), let found = units.first(where: { $0.names.contains(String(unit)) })
            else {
                return sum
            }
            sum = (sum ?? 0) + number * found.seconds
            text = text[unit.endIndex...]
        }
    }
}
