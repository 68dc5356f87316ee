import Observability
import Testing

@Suite("A histogram")
struct HistogramTests {
    @Test("puts a value on a border below it, and sums exactly")
    func buckets() {
        let histogram = Histogram(.seconds([0.00005, 0.001, 1]))
        let values: [Duration] = [.microseconds(50), .nanoseconds(50_001), .milliseconds(1), .seconds(2), .zero]
        for value in values { histogram.observe(value) }
        let reading = histogram.reading
        #expect(reading.buckets.map(\.bound) == [0.00005, 0.001, 1, .infinity])
        #expect(reading.buckets.map(\.count) == [2, 4, 4, 5])
        #expect(reading.count == 5)
        #expect(reading.sum == 2.001100001)
    }

    @Test("takes what cannot be for nothing, and what is too long for long")
    func extremes() {
        let histogram = Histogram(.seconds([1]))
        histogram.observe(.seconds(-5))
        #expect(histogram.reading.sum == 0)
        histogram.observe(.seconds(Int64.max))
        histogram.observe(.seconds(Int64.min))
        #expect(histogram.reading.buckets.map(\.count) == [2, 3])
    }

    @Test("counts whole numbers too")
    func counts() {
        let histogram = Histogram(.counts([1, 4, 16]))
        for value in [0, 1, 2, 4, 5, 17] { histogram.observe(value) }
        #expect(histogram.reading.buckets.map(\.count) == [2, 4, 5, 6])
        #expect(histogram.reading.sum == 29)
    }

    @Test("loses nothing that comes at the same time, and is coherent all the while")
    func concurrent() async {
        let histogram = Histogram(.counts([10, 100]))
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for value in 0..<5000 { histogram.observe((value + task) % 200) } }
            }
            group.addTask {
                for _ in 0..<200 {
                    let counts = histogram.reading.buckets.map(\.count)
                    #expect(counts == counts.sorted())
                }
            }
        }
        #expect(histogram.reading.count == 40_000)
        #expect(histogram.reading.sum == 40_000 * 99.5)
        #expect(histogram.reading.buckets.map(\.count) == [2200, 20_200, 40_000])
    }
}
