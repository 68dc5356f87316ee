import FoundationEssentials
import HTTPTransport
import Testing

@testable import LanguageModels

@Suite("Retry-After")
struct RetryDelayTests {
    @Test(
        "in all its forms",
        arguments: [
            ("retry-after-ms", "1500", Duration.milliseconds(1500)), ("Retry-After", "20", .seconds(20)),
            ("Retry-After", "0.25", .milliseconds(250)), ("Retry-After", "0", .zero),
            ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)),
            ("Retry-After", "Sun, 06 Nov 1994 08:48:00 GMT", .zero), ("Retry-After", "86400", .seconds(86_400)),
            ("Retry-After", "1e300", .seconds(86_400)),
            ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT", .seconds(86_400)),
            ("Retry-After", "-1", nil), ("Retry-After", "nan", nil), ("Retry-After", "inf", nil),
            ("Retry-After", "", nil), ("Retry-After", "soon", nil), ("Retry-After", "Sun, 06 Nov 1994", nil),
            ("Retry-After", "Sun, 06 Foo 1994 08:49:37 GMT", nil), ("X-Other", "1", nil),
            ("llm_provider-retry-after", "7", .seconds(7)), ("llm_provider-retry-after-ms", "70", .milliseconds(70)),
        ] as [(String, String, Duration?)])
    func forms(name: String, value: String, expected: Duration?) {
        // 1994-11-06 08:49:00
        let now = Date(timeIntervalSince1970: 784_111_740)
        #expect(RetryDelay.asked(by: HTTPHeaders([(name, value)]), now: now) == expected)
    }

    @Test("milliseconds come before seconds, both before the limits, and a proxy before what is behind it")
    func order() {
        let limits = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "6m0s")]
        #expect(RetryDelay.asked(by: HTTPHeaders(limits)) == .seconds(360))
        #expect(RetryDelay.asked(by: HTTPHeaders(limits + [("retry-after", "2")])) == .seconds(2))
        #expect(
            RetryDelay.asked(by: HTTPHeaders([("retry-after", "2"), ("retry-after-ms", "10")])) == .milliseconds(10))
        let proxy = [("llm_provider-retry-after-ms", "5"), ("retry-after", "2")]
        #expect(RetryDelay.asked(by: HTTPHeaders(proxy)) == .seconds(2))
    }

    @Test(
        "until a limit is over",
        arguments: [
            ("1700000010000", nil, .seconds(10)), ("1700000010", nil, .seconds(10)), ("1699999990000", "0", .zero),
            ("30", nil, .seconds(30)), ("6m0s", nil, .seconds(360)), ("1e300", nil, .seconds(86_400)),
            ("1700000010000", "5", nil), ("soon", nil, nil), ("-1", nil, nil), ("", nil, nil),
        ] as [(String, String?, Duration?)])
    func resetTime(text: String, remaining: String?, expected: Duration?) {
        let fields = [("x-ratelimit-reset", text)] + (remaining.map { [("x-ratelimit-remaining", $0)] } ?? [])
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(RetryDelay.asked(by: HTTPHeaders(fields), now: now) == expected)
    }

    @Test(
        "in a sentence",
        arguments: [
            ("please try again in 4s.", .seconds(4)), ("please retry in 35.6s.", .milliseconds(35_600)),
            ("please retry after 3 seconds. to increase", .seconds(3)),
            ("try again in 2m59.56s", .milliseconds(179_560)),
            ("retry after 1 minute 30 seconds", .seconds(90)), ("please wait 10 minutes before", .seconds(600)),
            ("try again in 120ms.", .milliseconds(120)), ("retry your request after 20 seconds", .seconds(20)),
            ("please retry after 30", .seconds(30)), ("retry after 30.", .seconds(30)), ("retry-after: 7", .seconds(7)),
            ("wait at least 1 hour and retry", .seconds(3600)), ("retry later, or retry in 2 days", .seconds(86_400)),
            ("try again in about 1 min", .seconds(60)), ("try again in 6m0s", .seconds(360)),
            ("please try again later", nil), ("retry after the limit of 60 requests", nil), ("30s", nil), ("", nil),
            ("retry in 3 requests", nil),
            ("limit: 20\nplease retry\nin 5s.", .seconds(5)), ("the limit is 60 requests in 30 seconds", nil),
            ("try again", nil), ("retry in -5s", nil),
        ] as [(String, Duration?)])
    func sentences(text: String, expected: Duration?) { #expect(RetryDelay.asked(in: text) == expected) }

    @Test(
        "of a limit that is used up",
        arguments: [
            ("120ms", Duration.milliseconds(120)), ("1h2m3.5s", .milliseconds(3_723_500)), ("1s", .seconds(1)),
            ("", nil), ("5", nil), ("s", nil), ("5x", nil), ("1.2.3s", nil),
        ] as [(String, Duration?)])
    func resets(text: String, expected: Duration?) {
        let reset = ("x-ratelimit-reset-tokens", text)
        #expect(RetryDelay.asked(by: HTTPHeaders([("x-ratelimit-remaining-tokens", "0"), reset])) == expected)
        #expect(RetryDelay.asked(by: HTTPHeaders([("x-ratelimit-remaining-tokens", "7"), reset])) == nil)
    }
}
