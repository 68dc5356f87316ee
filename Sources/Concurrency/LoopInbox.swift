/// What other threads have for an event loop, and whether the loop has to be woken for it: a pure state machine.
///
/// The loop counts as asleep only while it waits for the kernel, from ``fallAsleep()`` to ``wakeUp()``.
struct LoopInbox<Job> {
    /// What whoever has put a job has to do now.
    enum Reaction: Equatable {
        case nothing
        /// The loop sleeps: wake it.
        case wake
        /// Not accepted: the loop has ended.
        case refused
    }

    private enum Phase { case running, stopping, ended }

    private var phase = Phase.running
    private var isAsleep = false
    private var jobs: [Job] = []

    init() {}

    /// Adds a job.
    mutating func put(_ job: Job) -> Reaction {
        if phase == .ended { return .refused }
        jobs.append(job)
        return rouse()
    }

    /// Asks the loop to end once it has nothing left to do.
    mutating func stop() -> Reaction {
        guard phase == .running else { return .nothing }
        phase = .stopping
        return rouse()
    }

    /// For the loop: exchanges `batch`, which must be empty, for what has come.
    mutating func take(_ batch: inout [Job]) { if !jobs.isEmpty { swap(&jobs, &batch) } }

    /// For the loop, when it has nothing to do: whether it may sleep; from then on it is woken for every job.
    mutating func fallAsleep() -> Bool {
        guard jobs.isEmpty, phase == .running else { return false }
        isAsleep = true
        return true
    }

    /// For the loop: it is awake, and is not to be woken.
    mutating func wakeUp() { isAsleep = false }

    /// For the loop, when it has nothing to do: whether it is to end. From then on no job is accepted.
    mutating func end() -> Bool {
        guard phase == .stopping, jobs.isEmpty else { return false }
        phase = .ended
        return true
    }

    private mutating func rouse() -> Reaction {
        guard isAsleep else { return .nothing }
        isAsleep = false
        return .wake
    }
}
