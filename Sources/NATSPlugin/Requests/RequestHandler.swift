import BusProtocol
import Conversations
import JSON
import LLMService
import Observability
import ServiceRuntime

/// Does what is asked, whichever way it came in, and has a responder tell what came of it.
///
/// The way of a message: subscription → ``DecodedRequest`` → ``handle(_:_:)``, which is called in the order of arrival and
/// takes the request's place in the queue → the request's one task → ``BusResponder``.
final class RequestHandler: Sendable {
    private let service: LLMService
    private let permissions: Permissions
    private let cluster: Cluster
    private let time: any TimeSource

    init(_ service: LLMService, permissions: Permissions, cluster: Cluster, time: any TimeSource) {
        (self.service, self.permissions, self.cluster, self.time) = (service, permissions, cluster, time)
    }

    /// Takes a request.
    ///
    /// - Returns: the task that works on it, on the service's event loop; nil where it is done with.
    @discardableResult
    func handle(_ request: DecodedRequest, _ responder: some BusResponder) -> Task<Void, Never>? {
        do throws(LLMError) {
            let operation = try request.operation.get()
            let isCommand = responder.request.door == .command
            // The id in a plugin's request to cancel is that of another request.
            if case .cancel(let order) = operation, !isCommand { return start(cancelling: order, responder) }
            guard responder.isNew() else {
                responder.drop()
                return nil
            }
            if isCommand { try permissions.check(operation, responder.request.reply.username) }
            guard case .generate(let work) = operation else { return try start(operation, responder) }
            return start(work, request.options, responder)
        } catch {
            if error.code == .shuttingDown, responder.passOn() {
                responder.drop()
                return nil
            }
            let isFault = if case .failure = request.operation { true } else { false }
            reportRefusal(error, responder.request.reply)
            if isFault { responder.reject(error) } else { responder.fail(error) }
            responder.drop()
            return nil
        }
    }

    // MARK: models

    private func start(
        _ work: Work, _ options: RequestOptions, _ responder: some BusResponder
    ) -> Task<Void, Never>? {
        let request = responder.request
        var options = options
        options.span = request.span
        request.span?.set { [Attribute("messaging.message.conversation_id", request.reply.requestID)] }
        options.requestID = request.reply.requestID
        options.turnID = responder.turnID
        if let arrival = request.arrival, request.door != .job { options.readingTime = time.now - arrival }
        do throws(LLMError) {
            let exchange = try service.submit(work, options: options, to: responder)
            responder.accept()
            responder.observer.started()
            return exchange.start()
        } catch {
            // The service has told of it.
            if error.code != .shuttingDown || !responder.passOn() { responder.fail(error) }
            responder.drop()
            return nil
        }
    }

    // MARK: everything else

    private typealias Rest = @Sendable () async throws(LLMError) -> OperationResult

    private func start(
        _ operation: Operation, _ responder: some BusResponder
    ) throws(LLMError) -> Task<Void, Never>? {
        guard responder.begin() else {
            responder.drop()
            return nil
        }
        let rest = try begin(operation, responder.request)
        return task(responder) { () throws(LLMError) in responder.complete(try await rest()) }
    }

    private func start(cancelling order: StopOrder, _ responder: some BusResponder) -> Task<Void, Never>? {
        guard responder.begin() else {
            responder.drop()
            return nil
        }
        let rest = stop(order)
        return task(responder) { () throws(LLMError) in
            let count = await rest()
            if count > 0 { return responder.complete(.stopped(count)) }
            let error = LLMError(.notFound, "Nothing to cancel: no such request is waiting or running")
            self.reportRefusal(error, responder.request.reply)
            responder.reject(error)
        }
    }

    private func task(
        _ responder: some BusResponder, _ body: @escaping @Sendable () async throws(LLMError) -> Void
    ) -> Task<Void, Never> {
        responder.observer.started()
        return Task(executorPreference: service.executor) {
            do throws(LLMError) { try await body() } catch {
                self.reportRefusal(error, responder.request.reply)
                responder.fail(error)
            }
            await responder.settle()
            responder.requestLeft()
        }
    }

    /// Does the part of an operation whose order counts, here and now: what comes next is to find it done. Returns the rest.
    private func begin(_ operation: Operation, _ request: RequestContext) throws(LLMError) -> Rest {
        let names = service.personas.book.names
        switch operation {
        case .memory(let operation, let channel):
            if operation.text.isEmpty { throw LLMError(.invalidRequest, operation.verb.usage) }
            let ticket = try service.enterMemory(of: channel)
            return { () throws(LLMError) in try await self.perform(operation, of: channel, ticket) }
        case .reset(let channel):
            let reset = service.beginReset(channel: channel)
            return { .reset(await reset()) }
        case .setPersona(let name, let channel):
            let set = try service.beginSetPersona(name, of: channel)
            return { .persona(await set(), names) }
        case .cancel(let order):
            let rest = stop(permissions.restrict(order, request.reply))
            return { .stopped(await rest()) }
        default:
            return { () throws(LLMError) in try await self.perform(operation) }
        }
    }

    private func perform(_ operation: Operation) async throws(LLMError) -> OperationResult {
        let names = service.personas.book.names
        switch operation {
        case .generate, .memory, .reset, .setPersona, .cancel: preconditionFailure("its order counts")
        case .personas(let channel?, let includingModel):
            let model: String? = includingModel ? await service.model(of: channel) : nil
            return .personas(names, current: await service.persona(of: channel), model: model)
        case .personas(nil, _): return .personas(names, current: nil, model: nil)
        case .models(let provider): return .models(try await service.models(provider: provider))
        case .channelModel(let channel):
            return .channelModels(try await service.models(), current: await service.model(of: channel))
        case .setModel(let name, let channel): return .model(try await service.setModel(name, of: channel))
        case .status: return .status(try await service.status(), cluster.status)
        case .usage(let user): return .usage(await service.usage(user: user))
        case .help: return .help(names, remembers: service.settings.memory.isEnabled)
        }
    }

    private func perform(
        _ operation: MemoryOperation, of channel: String, _ ticket: RequestQueue.Ticket
    ) async throws(LLMError) -> OperationResult {
        defer { service.leaveMemory(ticket) }
        try await service.memoryTurn(ticket)
        switch operation {
        case .remember(let fact, let category, let importance, let author):
            return .remembered(
                try await service.remember(
                    fact, channel: channel, author: author, category: category, importance: importance))
        case .recall(let query, let author, let limit, let user):
            let found = try await service.recall(query, channel: channel, author: author, limit: limit, user: user)
            return .recalled(found, query: query)
        case .forget(let id, let author, let isAdmin):
            return .forgot(try await service.forget(id, channel: channel, by: author, isAdmin: isAdmin))
        }
    }

    /// Stops what is here, now: all of a channel, for whoever works on it is the one that is asked. Where a request is, nobody
    /// knows. Returns what has the other instances stop that, if it is not here, and says how much it was in all.
    private func stop(_ order: StopOrder) -> @Sendable () async -> Int {
        let stopped = service.stop(order)
        return { [cluster] in
            guard case .request = order, stopped == 0, cluster.count > 0 else { return stopped }
            return await cluster.stop(order)
        }
    }

    // MARK: -

    /// Tells those who watch of a failure that the service does not know of.
    private func reportRefusal(_ error: LLMError, _ reply: ReplyContext) {
        let channel = reply.channelID.string.flatMap { $0.isEmpty || $0.utf8.count > 256 ? nil : $0 }
        service.report(refused: error, channel: channel, user: reply.username)
    }
}

extension Permissions {
    /// - Throws: `forbidden`, where the operation is for admins only.
    fileprivate func check(_ operation: Operation, _ user: String?) throws(LLMError) {
        if let error = refusal(of: operation, to: user) { throw error }
    }

    /// Who may not stop others stops what they asked for themselves.
    fileprivate func restrict(_ order: StopOrder, _ reply: ReplyContext) -> StopOrder {
        guard case .channel(let channel) = order, !mayUse(.cancel, reply.username) else { return order }
        return .user(reply.name, channel: channel)
    }
}
