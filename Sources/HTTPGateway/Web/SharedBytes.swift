import Synchronization
import FoundationEssentials

/// Bytes on their way to one browser or many: they count once, for as long as one of those waits for them.
final class SharedBytes: Sendable {
    let bytes: Data
    private let load: BrowserLoad

    init(_ bytes: Data, _ load: BrowserLoad) {
        self.bytes = bytes
        self.load = load
        load.add(bytes.count)
    }

    deinit { load.add(-bytes.count) }
}

/// How much waits for all browsers together.
final class BrowserLoad: Sendable {
    private let count = Atomic(0)

    /// In bytes.
    var bytes: Int { count.load(ordering: .relaxed) }

    /// So much more, or less.
    func add(_ bytes: Int) { count.wrappingAdd(bytes, ordering: .relaxed) }
}
