import Conversations
import JSON
import LLMService
import ServiceRuntime

extension NATSPlugin {
    /// Something is to be done with a channel's memory: takes a place in line; what remains is returned.
    func accept(
        _ request: MemoryRequest, of channel: String, _ echo: Echo, text: @escaping @Sendable (LLMError) -> String
    ) -> Job? {
        do throws(LLMError) {
            let place = try service.enterMemory(of: channel)
            return { await self.run(request, of: channel, at: place, echo, text: text) }
        } catch {
            fail(error, echo, text: text)
            return nil
        }
    }

    private func run(
        _ request: MemoryRequest, of channel: String, at place: RequestQueue.Ticket, _ echo: Echo,
        text: @Sendable (LLMError) -> String
    ) async {
        defer { service.leaveMemory(place) }
        do throws(LLMError) {
            try await service.memoryTurn(place)
            switch request {
            case .remember(let fact, let category, let importance, let author):
                let memory = try await service.remember(
                    fact, channel: channel, author: author, category: category, importance: importance)
                answer(Self.remembered(memory), echo, memory.id, [memory])
            case .recall(let query, let author, let limit, let user):
                let found = try await service.recall(
                    query, channel: channel, author: author, limit: limit, user: user)
                answer(Self.recalled(found, query), echo, nil, found)
            case .forget(let id, let author, let isAdmin):
                let memory = try await service.forget(id, channel: channel, by: author, isAdmin: isAdmin)
                answer("Forgot memory: \(memory.id)", echo, memory.id, [memory])
            }
        } catch {
            fail(error, echo, text: text)
        }
    }

    private func answer(_ content: String, _ echo: Echo, _ id: Memory.ID?, _ memories: [Memory]) {
        if let call = echo.call { return finish(echo, call.memories(id, memories)) }
        notice(content, echo) { AnswerMessage.memories(&$0, id, memories) }
    }

    /// Passes on what the service tells rooms that nobody asked for.
    func watch() {
        service.announcements.watch { [outbox, settings] notice in
            switch notice {
            case .remembered(let memory, let channel):
                var echo = Echo(channelID: .string(channel), requestID: RequestID.make(), action: "remember")
                if let author = memory.author { echo.username = author }
                let bytes = AnswerMessage.notice(
                    Self.remembered(memory), to: echo, roomLength: settings.roomLength
                ) { AnswerMessage.memories(&$0, memory.id, [memory]) }
                _ = outbox.send(response: bytes, to: echo)
            }
        }
    }

    private static func remembered(_ memory: Memory) -> String { "Remembered: \(memory.text) (ID: \(memory.id))" }

    private static func recalled(_ memories: [Memory], _ query: String) -> String {
        let query = query.onOneLine
        if memories.isEmpty { return "No memories found for: \(query)" }
        return memories.reduce("Memories matching '\(query)':") { $0 + "\n• \($1.text) (ID: \($1.id))" }
    }
}
