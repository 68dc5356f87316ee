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
