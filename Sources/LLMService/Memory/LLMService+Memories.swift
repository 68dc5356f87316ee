public import Conversations
package import ServiceRuntime

extension LLMService {
    /// Adds a fact to a channel's memory. A fact that is already there, white space and capitals aside, is not added again.
    ///
    /// - Parameters:
    ///   - text: The fact; it is put on one line.
    ///   - channel: The channel whose memory it is.
    ///   - author: The user who wants it remembered; only that user and admins may have it forgotten.
    ///   - category: What kind of fact it is.
    ///   - importance: 1 to 5; the least important facts are removed first when there is no room.
    /// - Returns: The fact that is in the memory now. If it was there already, it has the words, the id and the author of
    ///   the first time.
    /// - Throws: `invalid_request`, and `too_large` for more than ``Conversations/Memory/maxBytes``.
    public func remember(
        _ text: String, channel: String, author: String? = nil, category: Memory.Category = .fact, importance: Int = 1
    ) async throws(LLMError) -> Memory {
        try checkMemory(of: channel)
        guard Memory.importances.contains(importance) else {
            throw LLMError(.invalidRequest, "importance: expected a whole number from 1 to 5, got \(importance)")
        }
        let memory = Memory(
            text, category: category, importance: importance, author: author, created: time.timestamp)
        guard let memory else { throw Self.unfit(text) }
        switch await add(memory, to: channel) {
        case .added(let memory), .refreshed(let memory):
            report(.add, channel: channel, user: author)
            return memory
        default: preconditionFailure("an added memory is there")
        }
    }

    /// Returns the facts of a channel's memory that match a query, the most relevant first.
    ///
    /// - Parameters:
    ///   - query: The words to look for.
    ///   - channel: The channel whose memory is searched.
    ///   - author: Only facts of this user are returned; nil for everybody's.
    ///   - limit: The largest number of facts, 1 to 100.
    ///   - user: The user who asks, if known; reported in the event.
    /// - Throws: `invalid_request`, and `too_large` for a query of more than ``Conversations/Memory/maxBytes``.
    public func recall(
        _ query: String, channel: String, author: String? = nil, limit: Int = 5, user: String? = nil
    ) async throws(LLMError) -> [Memory] {
        try checkMemory(of: channel)
        guard (1...MemoryBook.maxMemories).contains(limit) else {
            throw LLMError(.invalidRequest, "limit: expected a whole number from 1 to 100, got \(limit)")
        }
        if query.allSatisfy(\.isWhitespace) { throw Self.blank("query") }
        guard query.utf8.count <= Memory.maxBytes else {
            throw LLMError(.tooLarge, "query: expected at most \(Memory.maxBytes) bytes, got \(query.utf8.count)")
        }
        let book = await stores.memories.value(channel)
        let candidates = author.map { author in book.memories.filter { $0.isBy(author) } } ?? book.memories
        let caller = user.map(Caller.user)
        let meter = await limits.hasTokens(caller, channel) ? UsageMeter() : nil
        let found = await relevant(
            candidates, to: query, most: limit, deadline: time.now + settings.requestTimeout, meter: meter)
        if let meter, meter.tokens > 0 {
            limits.note(tokens: meter.tokens, caller: caller, channel: channel)
        }
        noteUse(of: found, in: channel)
        report(.recall, channel: channel, user: user, count: found.count)
        return found
    }

    /// Removes a fact from a channel's memory, and returns it.
    ///
    /// - Parameters:
    ///   - id: The fact's id.
    ///   - channel: The channel whose memory it is.
    ///   - author: The user who wants it removed.
    ///   - isAdmin: Whether this user may remove anybody's facts.
    /// - Throws: `not_found`; `forbidden` if it is another user's.
    public func forget(
        _ id: Memory.ID, channel: String, by author: String?, isAdmin: Bool = false
    ) async throws(LLMError) -> Memory {
        try checkMemory(of: channel)
        let change = MemoryChange.forget(id.onOneLine.lowercased(), by: isAdmin ? .admin : .user(author))
        switch await stores.memories.change(channel, change).outcome {
        case .forgotten(let memory):
            report(.forget, channel: channel, user: author)
            return memory
        case .refused(let owner):
            let who = owner.map { "\($0.excerpt) or an admin" } ?? "an admin"
            throw LLMError(.forbidden, "Only \(who) may forget this memory")
        default:
            throw LLMError(.notFound, "Memory not found: \(id.excerpt)")
        }
    }

    // MARK: order
    // What is done with the memories of one channel is done in the order in which it came, and waits for nobody else: keeping
    // something may take a moment, and to place a question a provider is asked.

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

    // MARK: -

    /// Adds one, and has it placed where a model does that.
    func add(_ memory: Memory, to channel: String) async -> MemoryOutcome {
        let most = min(settings.memory.maxPerChannel, MemoryBook.maxMemories)
        let outcome = await stores.memories.change(channel, .add(memory, most: most)).outcome
        if case .added = outcome { placeMemories(of: channel) }
        return outcome
    }

    private func checkMemory(of channel: String) throws(LLMError) {
        guard settings.memory.isEnabled else { throw LLMError(.invalidRequest, "Remembering is turned off here") }
        if channel.isEmpty { throw Self.blank("channel_id") }
    }

    /// What is wrong with a text that cannot be remembered.
    private static func unfit(_ text: String) -> LLMError {
        let size = text.onOneLine.utf8.count
        if size == 0 { return blank("message") }
        return LLMError(.tooLarge, "A memory may have \(Memory.maxBytes) bytes at most, this one has \(size)")
    }
}
