import CoreTestSupport
import Testing

@testable import ServiceRuntime

@Suite("What is kept")
struct SizedCacheTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func cache(
        ttl: Duration = .seconds(60), entries: Int = 3, bytes: Int = 100
    ) -> SizedCache<String, Int> {
        SizedCache(ttl: ttl, maxEntries: entries, maxBytes: bytes)
    }

    @Test("is kept for its time, from when it was kept, whoever asks meanwhile")
    func expiry() {
        var cache = cache()
        cache.store(1, for: "a", bytes: 10, now: at(5))
        for seconds in [5, 30, 64] { #expect(cache.value("a", now: at(seconds)) == 1) }
        #expect(cache.value("a", now: at(65)) == nil)
        #expect((cache.count, cache.bytes) == (0, 0))
        cache.store(2, for: "a", bytes: 10, now: at(65))
        #expect(cache.value("a", now: at(124)) == 2)
    }

    @Test("takes the place of what was there, and its time")
    func replaced() {
        var cache = cache()
        cache.store(1, for: "a", bytes: 90, now: at(0))
        cache.store(2, for: "a", bytes: 30, now: at(30))
        #expect((cache.count, cache.bytes) == (1, 30))
        #expect(cache.value("a", now: at(80)) == 2)
    }

    @Test("leaves for more: the least recently used first")
    func entries() {
        var cache = cache()
        for (value, key) in ["a", "b", "c"].enumerated() { cache.store(value, for: key, bytes: 1, now: at(0)) }
        #expect(cache.value("a", now: at(0)) == 0)
        cache.store(3, for: "d", bytes: 1, now: at(0))
        #expect(cache.value("b", now: at(0)) == nil)
        #expect(cache.value("a", now: at(0)) == 0)
        #expect((cache.count, cache.bytes) == (3, 3))
    }

    @Test("leaves for what is larger, as many as must")
    func bytes() {
        var cache = cache()
        for (value, key) in ["a", "b", "c"].enumerated() { cache.store(value, for: key, bytes: 33, now: at(0)) }
        cache.store(3, for: "d", bytes: 67, now: at(0))
        #expect((cache.count, cache.bytes) == (2, 100))
        #expect(cache.value("c", now: at(0)) == 2)
        cache.store(4, for: "e", bytes: 100, now: at(0))
        #expect((cache.count, cache.bytes) == (1, 100))
        #expect(cache.value("e", now: at(0)) == 4)
    }

    @Test("is not what is larger than everything, which is in nobody's way", arguments: [101, Int.max])
    func tooLarge(size: Int) {
        var cache = cache()
        cache.store(1, for: "a", bytes: 50, now: at(0))
        cache.store(2, for: "b", bytes: size, now: at(0))
        #expect(cache.value("b", now: at(0)) == nil)
        #expect(cache.value("a", now: at(0)) == 1)
        // And what it was to replace is out of date.
        cache.store(3, for: "a", bytes: size, now: at(0))
        #expect(cache.value("a", now: at(0)) == nil)
        #expect(cache.bytes == 0)
    }

    @Test(
        "is nothing without time or room",
        arguments: [
            (Duration.zero, 3, 100), (.seconds(-1), 3, 100), (.seconds(60), 0, 100), (.seconds(60), -1, 100),
            (.seconds(60), 3, 0), (.seconds(60), 3, -1),
        ])
    func nothing(ttl: Duration, entries: Int, bytes: Int) {
        var cache = cache(ttl: ttl, entries: entries, bytes: bytes)
        cache.store(1, for: "a", bytes: 1, now: at(0))
        #expect((cache.count, cache.bytes) == (0, 0))
        #expect(cache.value("a", now: at(0)) == nil)
    }

    @Test("is counted rightly, and never too much", arguments: [61, 62, 63])
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var cache = SizedCache<Int, Int>(ttl: .seconds(40), maxEntries: 12, maxBytes: 300)
        var stored: [Int: (value: Int, bytes: Int, time: Int)] = [:]
        for step in 0..<5_000 {
            let (now, key) = (step / 4, Int.random(in: 0..<30, using: &random))
            if Bool.random(using: &random) {
                let size = Int.random(in: -5...80, using: &random)
                cache.store(step, for: key, bytes: size, now: at(now))
                stored[key] = (step, max(0, size), now)
                #expect(cache.value(key, now: at(now)) == step)
            } else if let value = cache.value(key, now: at(now)) {
                #expect(value == stored[key]?.value)
                #expect(now - (stored[key]?.time ?? 0) < 40)
            }
            #expect(cache.count <= 12)
            #expect((0...300).contains(cache.bytes))
        }
        // A day later nothing is left of the bytes either.
        for key in 0..<30 { #expect(cache.value(key, now: at(86_400)) == nil) }
        #expect((cache.count, cache.bytes) == (0, 0))
    }
}
