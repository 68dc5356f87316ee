import ServiceRuntime
import Synchronization

/// Conversations in memory: gone with the process.
public final class MemoryConversationStore: ConversationStore {
    private let bounds: ConversationBounds
    private let state: Mutex<State>

    private struct State {
        var channels: LRUTable<String, Conversation>
        /// Counts the resets of all channels: a channel's own count would begin anew after it left memory, and a turn from
        /// before a reset could then pass for one from after it.
        var lastEpoch: Conversation.Epoch = 0
    }

    /// An empty store.
    ///
    /// - Parameters:
    ///   - maxChannels: the most conversations held; the least recently used leaves first.
    ///   - bounds: how much of each is held.
    public init(maxChannels: Int = 10_000, bounds: ConversationBounds) {
        self.bounds = bounds
        state = Mutex(State(channels: LRUTable(capacity: maxChannels)))
    }

    /// The conversations held.
    public var count: Int { state.withLock { $0.channels.count } }

    /// The channel's conversation.
    public func conversation(_ channel: String) async -> Conversation {
        state.withLock { $0.channels.value(channel) ?? Conversation() }
    }

    /// Adds a turn. It does not outlive the process: the answer is always false.
    public func store(
        _ turn: Turn, in channel: String, epoch: Conversation.Epoch, replacingLast: Bool
    ) async -> Bool {
        change(channel, default: Conversation(epoch: epoch)) { [bounds] conversation in
            // Less is the epoch of a conversation that left memory and was begun anew.
            guard conversation.epoch <= epoch else { return }
            if replacingLast {
                conversation.replaceLast(with: turn, bounds: bounds)
            } else {
                conversation.append(turn, bounds: bounds)
            }
        }
        return false
    }

    /// Forgets the channel's turns.
    public func reset(_ channel: String) async -> Int {
        state.withLock { state in
            state.lastEpoch += 1
            let epoch = state.lastEpoch
            return state.channels.update(channel, default: Conversation()) { $0.reset(epoch: epoch) }
        }
    }

    /// Chooses the channel's persona.
    public func setPersona(_ persona: String, in channel: String) async { change(channel) { $0.persona = persona } }

    /// Chooses the channel's model.
    public func setModel(_ model: String?, in channel: String) async { change(channel) { $0.model = model } }

    private func change<Result: Sendable>(
        _ channel: String, default initial: Conversation = Conversation(), _ body: (inout Conversation) -> Result
    ) -> Result {
        state.withLock { $0.channels.update(channel, default: initial, body) }
    }
}
