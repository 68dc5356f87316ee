import Synchronization

/// The part of an event loop that only its own thread uses: jobs, descriptors, deadlines and participants.
///
/// A turn of the loop: the events that the kernel has reported, the deadlines that have come, then jobs and whoever has
/// asked to settle (``LoopParticipant/settle()``) until there are none or ``jobsPerTurn`` have run, and at last whoever has
/// asked to flush (``LoopParticipant/flush()``), so that what a whole turn has published is written once. Then it waits,
/// or only looks for events if jobs are left.
///
/// Not sendable: it is handed out on the loop's thread and stays there.
package final class LoopThread {
    /// A participant's place in the loop.
    package struct Place: Sendable, Hashable { let index: Int }

    /// The most jobs that run before the kernel is asked for events again.
    package static let jobsPerTurn = 512

    enum Job: Sendable {
        case task(UnownedJob)
        case work(@Sendable () -> Void)
    }

    private struct Participation {
        let participant: any LoopParticipant
        var wantsSettling = false
        var wantsFlush = false
    }

    /// "No deadline".
    package static let never = UInt64.max

    /// The time at which this turn began, in nanoseconds of the monotonic clock.
    package private(set) var now = EventPoll.now()

    unowned let loop: EventLoop
    private let poll: EventPoll
    private var jobs = FIFO<Job>()
    private var watches = WatchList()
    private var deadlines = DeadlineHeap()
    private var participants: [Participation?] = []
    /// How many participants want to settle, and to flush.
    private var settling = 0
    private var flushing = 0

    init(loop: EventLoop, poll: EventPoll) {
        self.loop = loop
        self.poll = poll
    }

    // MARK: participants

    /// Adds a participant; the loop holds it until ``leave(_:)``.
    package func join(_ participant: any LoopParticipant) -> Place {
        let free = participants.firstIndex { $0 == nil }
        let place = Place(index: free ?? participants.count)
        if free == nil { participants.append(nil) }
        participants[place.index] = Participation(participant: participant)
        return place
    }

    /// Removes a participant, which watches no descriptor any more.
    package func leave(_ place: Place) {
        deadlines.remove(place.index)
        if participants[place.index]?.wantsSettling == true { settling -= 1 }
        if participants[place.index]?.wantsFlush == true { flushing -= 1 }
        participants[place.index] = nil
    }

    /// Watches a descriptor (level-triggered), or changes for what.
    package func watch(_ descriptor: Int32, _ interest: PollEvents, for place: Place) {
        switch watches.watch(descriptor, interest, owner: place.index) {
        case .add(let mark): poll.add(descriptor, interest, mark: mark)
        case .modify(let mark): poll.modify(descriptor, interest, mark: mark)
        case .nothing, .remove: break
        }
    }

    /// Watches a descriptor no longer. To be called before the descriptor is closed.
    package func unwatch(_ descriptor: Int32) {
        if watches.unwatch(descriptor) == .remove { poll.remove(descriptor) }
    }

    /// Sets the participant's one deadline, in nanoseconds of the monotonic clock; ``never`` takes it back.
    package func setDeadline(_ deadline: UInt64, for place: Place) {
        if deadline == Self.never { deadlines.remove(place.index) } else { deadlines.set(place.index, deadline) }
    }

    /// Has ``LoopParticipant/settle()`` called before the loop waits again; after jobs that are there already.
    package func requestSettling(_ place: Place) {
        guard participants[place.index]?.wantsSettling == false else { return }
        participants[place.index]?.wantsSettling = true
        settling += 1
    }

    /// Has ``LoopParticipant/flush()`` called once at the end of this turn.
    package func requestFlush(_ place: Place) {
        guard participants[place.index]?.wantsFlush == false else { return }
        participants[place.index]?.wantsFlush = true
        flushing += 1
    }

    /// Reads the monotonic clock, in nanoseconds.
    package static func clock() -> UInt64 { EventPoll.now() }

    func add(_ job: Job) { jobs.append(job) }

    // MARK: the loop itself

    /// Works until the inbox says that it is to end.
    func run(_ inbox: borrowing Mutex<LoopInbox<Job>>) {
        var arrived: [Job] = []
        while true {
            inbox.withLock { $0.take(&arrived) }
            for job in arrived { jobs.append(job) }
            arrived.removeAll(keepingCapacity: true)
            runJobs()
            flushAll()
            let isIdle = jobs.isEmpty && settling == 0 && flushing == 0
            if isIdle, inbox.withLock({ $0.end() }) { return }
            wait(inbox, isIdle: isIdle)
            while let index = deadlines.popExpired(at: now) { participants[index]?.participant.deadlineHasCome() }
        }
    }

    private func runJobs() {
        // SAFETY: the loop lives while its thread runs.
        let executor = unsafe loop.asUnownedTaskExecutor()
        var left = Self.jobsPerTurn
        repeat {
            while left > 0, let job = jobs.popFirst() {
                left -= 1
                switch job {
                // SAFETY: each job was enqueued once, and is run once.
                case .task(let job): unsafe job.runSynchronously(on: executor)
                case .work(let work): work()
                }
            }
            settleAll()
            left -= 1
        } while left > 0 && !(jobs.isEmpty && settling == 0)
    }

    private func settleAll() {
        guard settling > 0 else { return }
        // By index: a participant may ask again, join or leave meanwhile.
        for index in participants.indices where participants[index]?.wantsSettling == true {
            participants[index]?.wantsSettling = false
            settling -= 1
            participants[index]?.participant.settle()
        }
    }

    private func flushAll() {
        guard flushing > 0 else { return }
        for index in participants.indices where participants[index]?.wantsFlush == true {
            participants[index]?.wantsFlush = false
            flushing -= 1
            participants[index]?.participant.flush()
        }
    }

    private func wait(_ inbox: borrowing Mutex<LoopInbox<Job>>, isIdle: Bool) {
        let next = deadlines.earliest ?? Self.never
        // The clock has gone on since the turn began.
        if isIdle, next != Self.never { now = EventPoll.now() }
        let sleeps = isIdle && next > now && inbox.withLock { $0.fallAsleep() }
        poll.wait(nanoseconds: sleeps ? (next == Self.never ? nil : next - now) : 0) {
            if sleeps { inbox.withLock { $0.wakeUp() } }
            now = EventPoll.now()
        } _: { mark, events in
            guard let (descriptor, owner) = watches.owner(of: mark) else { return }
            participants[owner]?.participant.descriptorIsReady(descriptor, events)
        }
    }
}
