import Concurrency
import Synchronization

/// How often values fell between which borders, and what they come to together.
///
/// Observing takes two atomic additions and no memory. The sum is of whole steps, exact; after 2^64 of them (in
/// nanoseconds: 584 years of what was waited in all) it begins anew, which whoever reads it takes for a restart.
package final class Histogram: Instrument {
    /// A histogram.
    package static let kind = MetricsWriter.Kind.histogram
    private let scale: HistogramScale
    /// One more than there are borders: the last is for what is above all of them.
    private let buckets: [Counter]
    private let sum = Atomic<UInt64>(0)

    /// Nothing observed yet.
    package init(_ scale: HistogramScale) {
        self.scale = scale
        buckets = (0...scale.bounds.count).map { _ in Counter() }
    }

    /// Takes note of a length of time; what is below none counts as none.
    package func observe(_ duration: Duration) { observe(duration.nanoseconds) }

    /// Takes note of a number of steps; what is below none counts as none.
    package func observe(_ steps: Int) {
        let steps = max(0, steps)
        // Few and near each other: looking at one after the other is quickest.
        let index = scale.bounds.firstIndex { steps <= $0 } ?? scale.bounds.count
        buckets[index].add()
        sum.wrappingAdd(UInt64(steps), ordering: .relaxed)
    }

    /// Writes the buckets, the sum and the count.
    package func write(_ labels: [MetricsWriter.Label], to writer: inout MetricsWriter) {
        writer.sample(reading, labels)
    }

    /// What was observed, at this moment.
    package var reading: Reading {
        var count = 0
        let buckets = zip(scale.bounds.map(Double.init) + [.infinity], buckets).map { bound, bucket in
            count += bucket.value
            return Bucket(bound: scale.inUnits(bound), count: count)
        }
        return Reading(buckets: buckets, sum: scale.inUnits(Double(sum.load(ordering: .relaxed))))
    }

    /// What was observed.
    package struct Reading: Sendable, Equatable {
        /// In ascending order, the last without a border.
        package var buckets: [Bucket]
        /// Of all values, in the unit.
        package var sum: Double

        /// Of all buckets: as it is made of them it never disagrees with them.
        package var count: Int { buckets.last?.count ?? 0 }
    }

    /// A border, and how many values were not above it.
    package struct Bucket: Sendable, Equatable {
        /// In the unit.
        package var bound: Double
        /// Those of all lower borders included.
        package var count: Int
    }
}

/// The borders of a histogram's buckets, and the unit that they are shown in.
package struct HistogramScale: Sendable {
    /// The upper borders, ascending, in whole steps; a value on a border is below it.
    let bounds: [Int]
    /// How many steps the unit has.
    let stepsPerUnit: Double

    /// Borders in seconds; a step is a nanosecond.
    package static func seconds(_ bounds: [Double]) -> HistogramScale {
        HistogramScale(bounds: bounds.map { Int(($0 * 1e9).rounded()) }, stepsPerUnit: 1e9)
    }

    /// Borders in whole numbers of whatever is counted.
    package static func counts(_ bounds: [Int]) -> HistogramScale { HistogramScale(bounds: bounds, stepsPerUnit: 1) }

    private init(bounds: [Int], stepsPerUnit: Double) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "the borders ascend")
        (self.bounds, self.stepsPerUnit) = (bounds, stepsPerUnit)
    }

    /// A number of steps in the unit.
    func inUnits(_ steps: Double) -> Double { steps / stepsPerUnit }
}
