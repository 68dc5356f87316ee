import CoreTestSupport
import Testing

@testable import LanguageModels

@Suite("The wait before a retry")
struct RetryBackoffTests {
    @Test(
        "doubles up to the cap, whatever the number",
        arguments: [
            (1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 8), (41, 8), (42, 8), (65, 8), (Int.max, 8), (0, 0.5),
            (-1, 0.5), (Int.min, 0.5),
        ] as [(Int, Double)])
    func range(retry: Int, longest: Double) {
        var asked: ClosedRange<Double>?
        let delay = RetryBackoff().delay(before: retry, asked: nil) { range in
            asked = range
            return range.upperBound
        }
        #expect(asked == 0...longest)
        #expect(delay == .seconds(longest))
        #expect(RetryBackoff().delay(before: retry, asked: nil) { $0.lowerBound } == .zero)
    }

    @Test(
        "is no shorter than the provider asks",
        arguments: [
            (nil, .seconds(1)), (.zero, .seconds(1)), (.milliseconds(999), .seconds(1)),
            (.milliseconds(1001), .milliseconds(1001)), (.seconds(60), .seconds(60)), (.seconds(-5), .seconds(1)),
        ] as [(Duration?, Duration)])
    func asked(asked: Duration?, expected: Duration) {
        #expect(RetryBackoff().delay(before: 2, asked: asked) { $0.upperBound } == expected)
    }

    @Test(
        "makes sense of settings that make none",
        arguments: [
            (.zero, .seconds(8), .zero), (.seconds(-1), .seconds(8), .zero), (.seconds(1), .seconds(-8), .zero),
            (.seconds(9), .seconds(8), .seconds(8)),
            (.seconds(Int64.max), .seconds(Int64.max), .seconds(86_400)),
        ] as [(Duration, Duration, Duration)])
    func bounds(base: Duration, cap: Duration, expected: Duration) {
        let backoff = RetryBackoff(base: base, cap: cap)
        #expect(backoff.delay(before: Int.max, asked: nil) { $0.upperBound } == expected)
    }

    @Test("is anything in the range")
    func jitter() {
        var random = SeededGenerator(seed: 3)
        let delays = (0..<1_000).map { _ in
            RetryBackoff().delay(before: 3, asked: nil) { Double.random(in: $0, using: &random) }
        }
        #expect(delays.allSatisfy { $0 >= .zero && $0 <= .seconds(2) })
        for quarter in 0..<4 {
            let start = Duration.milliseconds(500 * quarter)
            #expect(delays.count { $0 >= start && $0 < start + .milliseconds(500) } > 200)
        }
    }
}
