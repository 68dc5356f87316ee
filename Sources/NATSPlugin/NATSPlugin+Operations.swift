import BusProtocol
import Conversations
import JSON
import LLMService
import ServiceRuntime

extension NATSPlugin {
    /// Takes a request: what needs no model is done here and now, the rest is returned.
    func accept(_ request: DecodedRequest, _ context: RequestContext) async -> Job? {
        let operation: Operation
        do throws(LLMError) { operation = try request.operation.get() } catch {
            reject(error, context)
            return nil
        }
        let isCommand = context.door == .command
        // The id in a plugin's request to cancel is that of another request.
        if case .cancel(let order) = operation, !isCommand { return cancel(order, context) }
        if let job = context.job {
            guard await job.isToRun() else { return nil }
        } else {
            guard isNew(context) else { return nil }
        }
        if isCommand, let error = settings.permissions.refusal(of: operation, to: context.reply.username) {
            fail(error, context)
            return nil
        }
        return perform(operation, request.options, context)
    }

    private func perform(_ operation: Operation, _ options: RequestOptions, _ context: RequestContext) -> Job? {
        switch operation {
        case .generate(let work):
            return submit(work, options, context)
        case .memory(let operation, _) where operation.text.isEmpty:
            fail(LLMError(.invalidRequest, operation.verb.usage), context)
            return nil
        case .memory(let operation, let channel):
            return accept(operation, of: channel, context)
        case .reset(let channel):
            let reset = service.beginReset(channel: channel)
            return {
                let count = await reset()
                let text = "Conversation context reset (\(count) messages cleared)."
                self.notice(context.door == .command ? text : "Context reset", context)
            }
        case .setPersona(let name, let channel):
            return setPersona(name, channel, context)
        case .personas(let channel, let includingModel):
            return { await self.sendPersonas(channel, includingModel, context) }
        case .models(let provider):
            return attempt(context) { () throws(LLMError) in
                let models = try await self.service.models(provider: provider)
                if let call = context.call { return self.finish(context, call.encode(models)) }
                let list = models.map { "\($0.provider)/\($0.id)" }.joined(separator: "\n")
                self.notice(list, context, .models(models))
            }
        case .channelModel(let channel):
            return attempt(context) { () throws(LLMError) in
                let models = try await self.service.models()
                self.notice(ServiceTexts.models(models, current: await self.service.model(of: channel)), context)
            }
        case .setModel(let name, let channel):
            return attempt(context) { () throws(LLMError) in
                let model = try await self.service.setModel(name, of: channel)
                self.notice("Model changed to: \(model)", context)
            }
        case .status:
            return attempt(context) { () throws(LLMError) in
                let status = try await self.service.status()
                let (version, instance) = (self.settings.version, self.settings.instance)
                if let call = context.call {
                    return self.finish(context, call.encode(status, version: version, instance: instance))
                }
                self.notice(
                    ServiceTexts.status(status), context, .status(status, version: version, instance: instance))
            }
        case .usage(let user):
            return {
                let report = await self.service.usage(user: user)
                if let call = context.call { return self.finish(context, call.encode(report)) }
                self.notice(ServiceTexts.usage(report), context)
            }
        case .cancel(let order):
            return stop(permitted(order, context.reply)) { [self] count in
                notice("Stopped (\(count) cancelled).", context)
            }
        case .help:
            let (personas, remembers) = (service.settings.personas.names, service.settings.memory.isEnabled)
            notice(ServiceTexts.help(personas: personas, remembers: remembers), context)
            return nil
        }
    }

    /// Returns the job that does what may fail, and tells of the failure.
    private func attempt(_ context: RequestContext, _ body: @escaping @Sendable () async throws(LLMError) -> Void)
        -> Job
    {
        {
            do throws(LLMError) { try await body() } catch { self.fail(error, context) }
        }
    }

    // MARK: stopping

    private func cancel(_ order: StopOrder, _ context: RequestContext) -> Job? {
        stop(order) { [self] count in
            guard count > 0 else {
                return reject(
                    LLMError(.notFound, "Nothing to cancel: no such request is waiting or running"), context)
            }
            notice("Stopped (\(count) cancelled).", context)
        }
    }

    /// Who may not stop others stops what they asked for themselves.
    private func permitted(_ order: StopOrder, _ context: ReplyContext) -> StopOrder {
        guard case .channel(let channel) = order, !settings.permissions.mayUse(.cancel, context.username) else {
            return order
        }
        return .user(context.name, channel: channel)
    }

    /// Stops what is here, now, and asks the others to stop what is there; then tells how much it was.
    private func stop(_ order: StopOrder, _ tell: @escaping @Sendable (Int) -> Void) -> Job? {
        let stopped = service.stop(order)
        // A request is in one place.
        if case .request = order, stopped > 0 {
            tell(stopped)
            return nil
        }
        guard peers.count > 0 else {
            tell(stopped)
            return nil
        }
        return { tell(stopped + (await self.peers.stop(order))) }
    }

    // MARK: personas

    /// Sets it here and now; whoever asked hears of it when it is kept, and nobody else waits for that.
    private func setPersona(_ name: String, _ channel: String, _ context: RequestContext) -> Job? {
        do throws(LLMError) {
            let set = try service.beginSetPersona(name, of: channel)
            return {
                let persona = await set()
                if let call = context.call {
                    let names = self.service.settings.personas.names
                    return self.finish(context, call.encode(persona: persona, available: names))
                }
                self.notice("Persona changed to: \(persona)", context, .persona(persona))
            }
        } catch {
            fail(error, context)
            return nil
        }
    }

    private func sendPersonas(_ channel: String?, _ includingModel: Bool, _ context: RequestContext) async {
        let names = service.settings.personas.names
        let current: String? = if let channel { await service.persona(of: channel) } else { nil }
        if let call = context.call {
            let model: String? = if let channel, includingModel { await service.model(of: channel) } else { nil }
            return finish(context, call.encode(persona: current, available: names, model: model))
        }
        let persona = current ?? ""
        notice(ServiceTexts.personas(names, current: persona), context, .personas(names, current: persona))
    }

    // MARK: memories

    /// Takes a place in line; what remains is returned.
    private func accept(_ operation: MemoryOperation, of channel: String, _ context: RequestContext) -> Job? {
        do throws(LLMError) {
            let place = try service.enterMemory(of: channel)
            return { await self.run(operation, of: channel, at: place, context) }
        } catch {
            fail(error, context)
            return nil
        }
    }

    private func run(
        _ operation: MemoryOperation, of channel: String, at place: Lanes.Ticket, _ context: RequestContext
    ) async {
        defer { service.leaveMemory(place) }
        do throws(LLMError) {
            try await service.memoryTurn(place)
            switch operation {
            case .remember(let fact, let category, let importance, let author):
                let memory = try await service.remember(
                    fact, channel: channel, author: author, category: category, importance: importance)
                answer(ServiceTexts.remembered(memory), context, memory.id, [memory])
            case .recall(let query, let author, let limit, let user):
                let found = try await service.recall(
                    query, channel: channel, author: author, limit: limit, user: user)
                answer(ServiceTexts.recalled(found, query), context, nil, found)
            case .forget(let id, let author, let isAdmin):
                let memory = try await service.forget(id, channel: channel, by: author, isAdmin: isAdmin)
                answer("Forgot memory: \(memory.id)", context, memory.id, [memory])
            }
        } catch {
            fail(error, context)
        }
    }

    private func answer(_ content: String, _ context: RequestContext, _ id: Memory.ID?, _ memories: [Memory]) {
        if let call = context.call { return finish(context, call.encode(memories, id: id)) }
        notice(content, context, .memories(id, memories))
    }

    /// Passes on what the service tells rooms that nobody asked for.
    func watch() {
        service.announcements.watch { [outbox, settings] notice in
            switch notice {
            case .remembered(let memory, let channel):
                var reply = ReplyContext(channelID: .string(channel), username: memory.author)
                reply.action = MemoryVerb.remember.rawValue
                let bytes = LLMResponse.encode(
                    ServiceTexts.remembered(memory), .memories(memory.id, [memory]), to: reply,
                    roomLength: settings.roomLength)
                _ = outbox.send(response: bytes, to: RequestContext(reply: reply))
            }
        }
    }
}
