import BusProtocol
import LLMService
import NATSClient
import Observability
import ServiceRuntime

/// Takes a delivery of a job to its end: answered, given back, or given up.
struct JobWorker: Sendable {
    let plugin: NATSPlugin
    let runner: JobRunner
    let ledger: JobLedger
    let connection: NATSConnection
    private let order: RequestQueue
    private let ackWait: Duration
    private let settings: JobSettings

    /// - Parameter order: where jobs wait for their claims.
    init(
        _ plugin: NATSPlugin, _ runner: JobRunner, _ ledger: JobLedger, _ order: RequestQueue,
        connection: NATSConnection, ackWait: Duration, settings: JobSettings
    ) {
        (self.plugin, self.runner, self.ledger, self.order) = (plugin, runner, ledger, order)
        (self.connection, self.ackWait, self.settings) = (connection, ackWait, settings)
    }

    /// After so long nobody waits for an answer to what they typed.
    private static let maxAge = Duration.seconds(600)

    /// Whether it was typed too long ago; then it is done with.
    func dismisses(_ message: NATSWorkMessage) -> Bool {
        let age = plugin.time.timestamp - Timestamp(milliseconds: message.time / 1_000_000)
        guard message.subject == Subjects.command, age > Self.maxAge else { return false }
        message.terminate()
        plugin.metrics.overdue.add()
        if plugin.throttle.admit("overdue") != nil {
            plugin.log.warning(
                "Commands older than ten minutes are not answered",
                [.subject: message.subject, .count: String(plugin.metrics.overdue.value)])
        }
        return true
    }

    /// Takes a job, which has its place in its channel's order when this returns: a request to a model in the service's queue,
    /// where it is made ours when its turn comes; all else among the claims, for it is done as soon as it is ours.
    func take(_ delivery: JobDelivery, _ admission: Admission) {
        let (request, observer) = (delivery.request, plugin.observer)
        plugin.metrics.jobsTaken.add()
        if delivery.message.deliveries > 1 { plugin.metrics.jobsRedelivered.add() }
        var context = observer.begin(
            request, delivery.door, plugin.metrics[delivery.isCommand ? .command : .job], delivery.message.subject,
            delivery.message.headers, arrival: plugin.time.now)
        context.admission = admission
        let responder = JobResponder(context, delivery, self, observer, plugin.cluster, plugin.outbox)
        let isClaimedFirst =
            switch request.operation {
            case .failure, .success(.generate): false
            // The id in it is that of another request.
            case .success(.cancel): delivery.isCommand
            case .success: true
            }
        observer.started()
        guard isClaimedFirst else {
            let task = plugin.handler.handle(request, responder)
            return finish(delivery, context) { await task?.value }
        }
        do {
            let place = try order.enter(QueuedRequest(channel: admission.message.channel))
            finish(delivery, context) { [order, handler = plugin.handler] in
                // Only a cancelled task gets no slot, and nobody cancels this one.
                _ = try? await order.acquire(place)
                let task = await responder.mayBegin() ? handler.handle(request, responder) : nil
                order.leave(place)
                await task?.value
            }
        } catch {
            responder.end()
            delivery.letGo()
            delivery.message.nak(delay: .seconds(1))
            finish(delivery, context) {}
        }
    }

    /// Sees a job to its end, in a task of its own, beside what works on it.
    private func finish(
        _ delivery: JobDelivery, _ context: RequestContext, _ work: @escaping @Sendable () async -> Void
    ) {
        Task(executorPreference: connection.loop) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keepAlive(delivery) }
                await work()
                await delivery.conclude()
                group.cancelAll()
            }
            plugin.cluster.ended(context)
            plugin.observer.left()
        }
    }

    /// Makes a job ours. A request to a model, whose turn it is, first waits for what is to be claimed before it in its channel,
    /// and may change what it is to see. Returns whether it is to be run.
    func claim(_ delivery: JobDelivery) async -> Bool {
        guard case .success(let operation) = delivery.request.operation, case .generate = operation,
            let channel = operation.channel, order.isBusy(channel),
            let place = try? order.enter(QueuedRequest(channel: channel))
        else { return await delivery.isToRun() }
        defer { order.leave(place) }
        _ = try? await order.acquire(place)
        return await delivery.isToRun()
    }

    /// Others are not to think that we are gone.
    private func keepAlive(_ delivery: JobDelivery) async {
        while (try? await plugin.time.sleep(until: plugin.time.now + ackWait / 3)) != nil {
            delivery.message.inProgress()
            // Where that does not arrive, the next one does, or somebody else takes over.
            await delivery.claim?.renew()
        }
    }

    func conclude(_ delivery: JobDelivery) async {
        let message = delivery.message
        switch await delivery.claimed() {
        case .success(.run(let claim)): await finish(delivery, claim)
        case .success(.publish(let claim)):
            guard case .done(let result, _) = claim.record.stage else { return }
            await publish(delivery, claim, result)
        case .success(.giveUp(let claim)): await giveUp(delivery, claim)
        case .success(.wait(let rest)): message.nak(delay: max(rest, .milliseconds(100)))
        case .success(.over): await acknowledge(message)
        case .success(.again(let result)): await answer(delivery, again: result)
        case .success(.foreign): await refuse(delivery)
        case .success(.unkept): await finish(delivery, nil)
        case .failure(let error):
            complain(error)
            message.nak(delay: backoff(message.deliveries))
        }
    }

    /// - Parameter claim: nil where nothing can be written down.
    private func finish(_ delivery: JobDelivery, _ claim: JobClaim?) async {
        switch delivery.ending {
        case .answer(let bytes):
            if let error = plugin.outbox.refusal(bytes.count, leaving: JobRecord.maxLineBytes) {
                await answer(delivery, claim, result(error, delivery))
            } else {
                await answer(delivery, claim, JobResult(isError: false, bytes: bytes))
            }
        case .rejection(let error):
            // That there is nothing to cancel is an answer; anything else is for whoever sent it to mend.
            let code = error.code == .notFound ? nil : error.code.name
            await answer(delivery, claim, result(error, delivery, deadCode: code))
        case .failure(let error, let text):
            await fail(delivery, claim, error, text)
        case nil:
            delivery.message.nak(delay: backoff(attempts(delivery, claim)))
        }
    }

    /// How often it was begun, as far as is known.
    private func attempts(_ delivery: JobDelivery, _ claim: JobClaim?) -> Int {
        claim?.record.attempts ?? delivery.message.deliveries
    }

    private func fail(_ delivery: JobDelivery, _ claim: JobClaim?, _ error: LLMError, _ text: String) async {
        if error.code == .shuttingDown {
            runner.stop()
            return await giveBack(delivery, claim, after: nil) { $0.attempts -= 1 }
        }
        // A room waits for a word: whoever typed it may type it again.
        let isRetryable = error.code.isRetryable && !delivery.isCommand
        // Whoever must wait for their turn has failed at nothing.
        let isFree = error.code == .rateLimited
        let attempts = attempts(delivery, claim)
        if isRetryable, isFree || attempts < settings.maxDeliveries {
            let delay = min(error.retryAfter ?? backoff(attempts), .seconds(3600))
            return await giveBack(delivery, claim, after: delay) { record in
                record.code = error.code.name
                if isFree { record.attempts -= 1 }
            }
        }
        await answer(
            delivery, claim, result(error, text: text, delivery, deadCode: isRetryable ? error.code.name : nil))
    }

    private func giveUp(_ delivery: JobDelivery, _ claim: JobClaim) async {
        let record = claim.record
        let error = LLMError(.internal, "the job was begun \(record.attempts) times, and never ended")
        let text = ServiceTexts.failure(error, through: delivery.door)
        let code = record.code ?? error.code.name
        await answer(delivery, claim, result(error, text: text, delivery, deadCode: code))
    }

    /// It is to be tried again, by whoever gets it.
    private func giveBack(
        _ delivery: JobDelivery, _ claim: JobClaim?, after delay: Duration?,
        _ change: @Sendable @escaping (inout JobRecord) -> Void
    ) async {
        if let claim {
            _ = await write(delivery, claim) { record in
                record.stage = .waiting
                change(&record)
            }
        }
        delivery.message.nak(delay: delay)
    }

    /// First it is kept, then it is sent: who is asked again has it ready.
    private func answer(_ delivery: JobDelivery, _ claim: JobClaim?, _ result: JobResult) async {
        guard let claim else { return await publish(delivery, nil, result) }
        switch await write(delivery, claim, { $0.stage = .done(result, isPublished: false) }) {
        case true?: await publish(delivery, claim, result)
        // Somebody else has it, and answers it; this delivery is an old one.
        case false?: delivery.message.nak(delay: ackWait)
        // The room has waited for long enough.
        case nil where delivery.isCommand: await publish(delivery, nil, result)
        case nil: delivery.message.nak(delay: backoff(claim.record.attempts))
        }
    }

    private func publish(_ delivery: JobDelivery, _ claim: JobClaim?, _ result: JobResult) async {
        let attempts = attempts(delivery, claim)
        guard await send(result, attempts, delivery) else {
            return delivery.message.nak(delay: backoff(attempts))
        }
        // If that fails it is gone from the queue all the same: nobody asks again.
        if let claim { _ = await write(delivery, claim) { $0.stage = .done(result, isPublished: true) } }
        guard let code = result.deadCode else { return await acknowledge(delivery.message) }
        plugin.metrics.jobsDead.add()
        plugin.log.warning(
            "A job was given up",
            [.code: code, .requestID: delivery.request.context.requestID, .count: String(attempts)])
        delivery.message.terminate()
    }
}
