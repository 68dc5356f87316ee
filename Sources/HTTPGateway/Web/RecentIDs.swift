/// The last few hundred ids that were met.
struct RecentIDs: Sendable {
    private static let limit = 256
    private var order: [String] = []
    private var known: Set<String> = []

    /// Whether it was met.
    func contains(_ id: String) -> Bool { known.contains(id) }

    /// It is met now. False: it was before.
    mutating func insert(_ id: String) -> Bool {
        guard known.insert(id).inserted else { return false }
        order.append(id)
        if order.count > Self.limit { known.remove(order.removeFirst()) }
        return true
    }
}
