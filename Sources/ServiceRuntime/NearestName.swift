/// Finds what somebody meant by a name that does not exist.
public enum NearestName {
    /// The name of `names` with the fewest typing errors between; nil where none is near enough to be meant.
    ///
    /// Case and the difference between `-` and `_` do not count. Near is at most one error in three characters.
    public static func find(_ name: String, among names: some Sequence<String>) -> String? {
        let wanted = folded(name)
        let limit = max(1, wanted.count / 3)
        let distances = names.map { (name: $0, distance: distance(wanted, folded($0))) }
        let nearest = distances.filter { $0.distance <= limit }
        return nearest.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// ` (did you mean "pirate"?)`, or nothing where no name is near.
    public static func hint(for name: String, among names: some Sequence<String>) -> String {
        find(name, among: names).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    private static func folded(_ name: String) -> [Character] { name.lowercased().map { $0 == "-" ? "_" : $0 } }

    /// Characters to insert, remove, replace or swap with their neighbour (optimal string alignment).
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        guard abs(one.count - other.count) < 100 else { return .max }
        var beforePrevious: [Int] = []
        var previous = Array(0...other.count)
        for row in one.indices {
            var current = [row + 1]
            for column in other.indices {
                let replaced = previous[column] + (one[row] == other[column] ? 0 : 1)
                var best = min(replaced, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[other.count]
    }
}
