import Synchronization

/// Runs tasks when a test says so, on the test's own thread: after ``run()`` they all wait for something or are done.
package final class ManualExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    /// An executor with nothing to run.
    package init() {}

    /// Keeps a job until ``run()``.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs what there is to run, and what comes of it.
    package func run() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            // SAFETY: a job comes in once and is run once; the executor outlives the call.
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
