/// A first-in, first-out queue: a pure value. Adding and taking cost no allocation once it has grown.
struct JobQueue<Job> {
    private var jobs: [Job?] = []
    private var head = 0

    init() {}

    var isEmpty: Bool { head == jobs.count }
    var count: Int { jobs.count - head }

    /// Adds a job at the end.
    mutating func append(_ job: Job) { jobs.append(job) }

    /// Takes the first job; nil if there is none.
    mutating func popFirst() -> Job? {
        guard head < jobs.count else { return nil }
        let job = jobs[head].take()
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1024, head * 2 >= jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }
}
