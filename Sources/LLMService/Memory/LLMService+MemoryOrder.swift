package import ServiceRuntime

// What is done with the memories of one channel is done in the order in which it came, and waits for nobody else: keeping
// something may take a moment, and to place a question a provider is asked.
extension LLMService {
    /// Takes a place in a channel's line, at once. ``leaveMemory(_:)`` must follow.
    package func enterMemory(of channel: String) throws(LLMError) -> RequestQueue.Ticket {
        do { return try memoryQueue.enter(QueuedRequest(channel: channel)) } catch { throw Self.refusal(error) }
    }

    /// Waits until the place's turn has come.
    package func memoryTurn(_ place: RequestQueue.Ticket) async throws(LLMError) {
        do { try await memoryQueue.acquire(place) } catch { throw LLMError(.cancelled, "the request was cancelled") }
    }

    /// Gives the place back.
    package func leaveMemory(_ place: RequestQueue.Ticket) { memoryQueue.leave(place) }
}
