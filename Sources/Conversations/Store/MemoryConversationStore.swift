import ServiceRuntime
import Synchronization

/// Conversations in memory: gone with the process.
public final class MemoryConversationStore: ConversationStore {
    private let bounds: ConversationBounds
    private let channels: Mutex<LRUTable<String, Conversation>>

    /// An empty store.
    ///
    /// - Parameters:
    ///   - maxChannels: the most conversations held; the least recently used leaves first.
    ///   - bounds: how much of each is held.
    public init(maxChannels: Int = 10_000, bounds: ConversationBounds) {
        self.bounds = bounds
        channels = Mutex(LRUTable(capacity: maxChannels))
    }

    /// The conversations held.
    public var count: Int { channels.withLock { $0.count } }

    /// The channel's conversation.
    public func conversation(_ channel: String) async -> Conversation {
        channels.withLock { $0.value(channel) ?? Conversation() }
    }

    /// Adds a turn. It does not outlive the process: the answer is always false.
    public func store(
        _ turn: Turn, in channel: String, epoch: Conversation.Epoch, replacingLast: Bool
    ) async -> Bool {
        change(channel, default: Conversation(epoch: epoch)) { [bounds] conversation in
            guard conversation.epoch == epoch else { return }
            if replacingLast {
                conversation.replaceLast(with: turn, bounds: bounds)
            } else {
                conversation.append(turn, bounds: bounds)
            }
        }
        return false
    }

    /// Forgets the channel's turns.
    public func reset(_ channel: String) async -> Int { change(channel) { $0.reset() } }

    /// Chooses the channel's persona.
    public func setPersona(_ persona: String, in channel: String) async { change(channel) { $0.persona = persona } }

    /// Chooses the channel's model.
    public func setModel(_ model: String?, in channel: String) async { change(channel) { $0.model = model } }

    private func change<Result: Sendable>(
        _ channel: String, default initial: Conversation = Conversation(), _ body: (inout Conversation) -> Result
    ) -> Result {
        channels.withLock { $0.update(channel, default: initial, body) }
    }
}
