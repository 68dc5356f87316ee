import Concurrency
import Synchronization

/// How often values fell between which borders, and what they come to together.
///
/// Observing takes two atomic additions and no memory. The sum is of whole steps, exact; after 2^64 of them (in
/// nanoseconds: 584 years of what was waited in all) it begins anew, which whoever reads it takes for a restart.
package final class Histogram: Sendable {
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
