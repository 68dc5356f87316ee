import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// Has what is known of the channels of some partitions read anew from where it is kept, at the next look: another
    /// instance works on them, or did. What is not written yet is written all the same; what is kept in memory alone stays.
    ///
    /// - Parameter partition: the partition of a channel; always the same.
    package func forget(_ partitions: Set<Int>, by partition: @escaping @Sendable (_ channel: String) -> Int) {
        stores.conversations.forget(partitions, by: partition)
        stores.memories.forget(partitions, by: partition)
    }

    /// Removes a channel's turns, but not its persona and model. Returns the number of messages removed.
    public func reset(channel: String) async -> Int { await beginReset(channel: channel)() }

    /// Forgets a channel's turns at once; what is returned waits until that is kept.
    package func beginReset(channel: String) -> @Sendable () async -> Int {
        let wait = stores.conversations.begin(channel, .reset(time.timestamp.milliseconds))
        return { await wait().outcome }
    }

    /// Returns the name of a channel's persona.
    public func persona(of channel: String) async -> String {
        let chosen = await stores.conversations.value(channel).persona
        let personas = personas
        return chosen.flatMap { personas.book[$0]?.name } ?? personas.standard
    }

    /// Sets a channel's persona. Returns its name as the list of personas spells it.
    public func setPersona(_ name: String, of channel: String) async throws(LLMError) -> String {
        try await beginSetPersona(name, of: channel)()
    }

    /// Chooses a channel's persona at once; what is returned waits until that is kept, and gives its name.
    package func beginSetPersona(
        _ name: String, of channel: String
    ) throws(LLMError) -> @Sendable () async -> String {
        let persona = try persona(named: name).name
        let wait = stores.conversations.begin(channel, .choosePersona(persona))
        return {
            _ = await wait()
            return persona
        }
    }

    /// Returns the `provider/model` that a channel uses.
    public func model(of channel: String) async -> String {
        let conversation = await stores.conversations.value(channel)
        let model = conversation.model ?? (try? currentPersona(nil, chosen: conversation.persona))?.model
        let choice = try? ModelChoice(model: model, provider: nil, registry: registry)
        return choice?.description ?? "none"
    }

    /// Sets a channel's model: `provider/model`, `model`, or `default`. Returns the `provider/model` that is used now.
    ///
    /// - Throws: `unknown_model` where the provider can be asked and does not have it. Where it cannot be asked now, it is
    ///   taken at its word.
    public func setModel(_ name: String, of channel: String) async throws(LLMError) -> String {
        if name.lowercased() == "default" {
            _ = await stores.conversations.change(channel, .chooseModel(nil))
            return "default"
        }
        let choice = try ModelChoice(model: name, provider: nil, registry: registry)
        // One after the other within a channel, so that of two choices the later one stays.
        let ticket = try await listingTurn(channel)
        defer { listings.leave(ticket) }
        if let model = choice.model, let models = try? await list(choice.provider), !models.isEmpty,
            !models.contains(where: { $0 == model || $0 == model + ":latest" })
        {
            let some = models.prefix(20).joined(separator: ", ")
            throw LLMError(.unknownModel, "Unknown model '\(model.excerpt)'. Available: \(some)")
        }
        _ = await stores.conversations.change(channel, .chooseModel(name))
        return name
    }

    /// Returns the models of one provider, or of all that can be asked now.
    ///
    /// - Throws: `unknown_provider`; and where one provider is named, its failure.
    public func models(provider name: String? = nil) async throws(LLMError) -> [ModelListing] {
        let ticket = try await listingTurn(nil)
        defer { listings.leave(ticket) }
        if let name {
            let provider = try ModelChoice(model: nil, provider: name, registry: registry).provider
            do { return try await list(provider).map { ModelListing(id: $0, provider: name) } } catch {
                throw LLMError(error, from: name)
            }
        }
        let providers = registry.list()
        return await withTaskGroup(of: (Int, [ModelListing]).self) { group in
            for (index, provider) in providers.enumerated() {
                group.addTask {
                    let models = (try? await self.list(provider)) ?? []
                    return (index, models.map { ModelListing(id: $0, provider: provider.name) })
                }
            }
            var lists: [Int: [ModelListing]] = [:]
            for await (index, list) in group { lists[index] = list }
            return providers.indices.flatMap { lists[$0] ?? [] }
        }
    }
}

extension LLMService {
    /// Asking providers what they have is bounded by itself: it must not take the places of those who want answers.
    func listingTurn(_ channel: String?) async throws(LLMError) -> RequestQueue.Ticket {
        let ticket: RequestQueue.Ticket
        do { ticket = try listings.enter(QueuedRequest(channel: channel)) } catch { throw Self.refusal(error) }
        do { try await listings.acquire(ticket) } catch {
            listings.leave(ticket)
            throw LLMError(.cancelled, "the request was cancelled")
        }
        return ticket
    }

    /// What a provider has, if it says so within ten seconds.
    private func list(_ provider: any Provider) async throws(ProviderError) -> [String] {
        try await bounded { () -> Result<[String], ProviderError> in
            do throws(ProviderError) { return .success(try await provider.models()) } catch { return .failure(error) }
        }.get()
    }

    /// Asks something outside any request, and cancels it when its time is over.
    func bounded<Answer: Sendable>(
        by limit: Duration = .seconds(10), _ ask: @escaping @Sendable () async -> Answer
    ) async -> Answer {
        let end = time.now + limit
        let task = Task { await ask() }
        time.call(at: end) { task.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

/// A model and its provider.
public struct ModelListing: Sendable, Equatable {
    /// What the provider calls it.
    public let id: String
    /// The provider's name.
    public let provider: String
}
