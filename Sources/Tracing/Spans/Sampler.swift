/// Which traces are recorded.
///
/// As the OpenTelemetry specification has it: `trace/sdk.md`, "Sampling".
package struct Sampler: Sendable, Equatable {
    /// Which of those that begin here.
    package enum Roots: Sendable, Equatable {
        case all
        case none
        /// This part of them, by their ids: 0…1.
        case ratio(Double)
    }

    package let roots: Roots
    /// Whether what the caller decided is heeded; if not, all are treated as if they began here.
    package let isParentBased: Bool

    package init(_ roots: Roots = .all, isParentBased: Bool = true) {
        (self.roots, self.isParentBased) = (roots, isParentBased)
    }

    /// Whether spans of this trace are recorded.
    package func samples(_ id: TraceID, parent: TraceContext?) -> Bool {
        if isParentBased, let parent { return parent.isSampled }
        return switch roots {
        case .all: true
        case .none: false
        case .ratio(1...): true
        // The same for everybody who asks with the same ratio. 63 bits, as others have it.
        case .ratio(let ratio): Double(id.low >> 1) < ratio * 0x1p63
        }
    }
}
