import Concurrency
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
    @Test func tasksRunOnItsThread() async {
        await withLoop { loop in
            #expect(!loop.isCurrent)
            let isCurrent = await Task(executorPreference: loop) {
                let before = loop.isCurrent
                await Task.yield()
                return before && loop.isCurrent
            }.value
            #expect(isCurrent)
            #expect(await loop.run { loop.isCurrent })
        }
    }

    @Test func jobsKeepTheirOrder() async {
        await withLoop { loop in
            let (numbers, seen) = AsyncStream<Int>.makeStream()
            loop.execute {
                loop.execute {
                    seen.yield(2)
                    loop.execute { seen.finish() }
                }
                seen.yield(1)
            }
            #expect(await numbers.reduce(into: []) { $0.append($1) } == [1, 2])
        }
    }

    @Test("Thousands of hops and jobs on the loop itself write the eventfd not once")
    func noWakeUpsByItself() async {
        await withLoop { loop in
            let count = await Task(executorPreference: loop) {
                let before = loop.wakeUpCount
                for _ in 0..<1000 {
                    await Task.yield()
                    await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
                }
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { await Task.yield() } }
                }
                return loop.wakeUpCount - before
            }.value
            #expect(count == 0)
        }
    }

    @Test("A descriptor, a deadline, settling and flushing, in the order of a turn")
    func participants() async throws {
        try await withLoop { loop in
            var ends: [Int32] = [0, 0]
            // Two descriptors are written into the array.
            try #require(unsafe pipe(&ends) == 0)
            let (reading, writing) = (ends[0], ends[1])
            let probe = LoopBound(Probe(), on: loop)
            let events = AsyncStream<String>.makeStream()
            await loop.run {
                guard let thread = loop.current else { return }
                probe[thread].begin(thread, reading) { events.continuation.yield($0) }
            }
            var byte: UInt8 = 7
            // One byte from a local variable.
            #expect(unsafe write(writing, &byte, 1) == 1)
            try await withTimeout {
                var seen: [String] = []
                for await event in events.stream {
                    seen.append(event)
                    if event == "deadline" { break }
                }
                #expect(seen == ["readable", "settle", "settle", "flush", "deadline"])
            }
            await loop.run {
                guard let thread = loop.current else { return }
                probe[thread].end()
            }
            close(reading)
            close(writing)
        }
    }

    @Test("Jobs without an end hold up neither descriptors nor deadlines")
    func fairness() async throws {
        try await withLoop { loop in
            let endless = Endless(loop: loop)
            endless.run()
            let probe = LoopBound(Probe(), on: loop)
            let events = AsyncStream<String>.makeStream()
            await loop.run {
                guard let thread = loop.current else { return }
                probe[thread].wait(thread) { events.continuation.yield($0) }
            }
            try await withTimeout { for await event in events.stream where event == "deadline" { break } }
            endless.stop()
            await loop.run {
                guard let thread = loop.current else { return }
                probe[thread].end()
            }
        }
    }

    @Test("What was enqueued before the end is done; what comes later runs elsewhere")
    func shutsDown() async {
        let loop = EventLoop(name: "test")
        let counter = Counter()
        for _ in 0..<1000 { loop.execute { counter.increment() } }
        async let again: Void = loop.shutDown()
        await loop.shutDown()
        await again
        #expect(counter.value == 1000)
        #expect(await Task(executorPreference: loop) { loop.isCurrent }.value == false)
    }

    @Test func manyThreadsEnqueue() async {
        await withLoop { loop in
            let counter = Counter()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<1000 { await loop.run { counter.increment() } }
                    }
                }
            }
            #expect(counter.value == 8000)
        }
    }

    private func withLoop(_ body: (EventLoop) async throws -> Void) async rethrows {
        let loop = EventLoop(name: "test")
        do {
            try await body(loop)
            await loop.shutDown()
        } catch {
            await loop.shutDown()
            throw error
        }
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() { count.add(1, ordering: .relaxed) }
}

/// Enqueues itself again and again until it is told to stop.
private final class Endless: Sendable {
    private let loop: EventLoop
    private let isOver = Atomic(false)

    init(loop: EventLoop) { self.loop = loop }

    func run() { loop.execute { if !self.isOver.load(ordering: .relaxed) { self.run() } } }

    func stop() { isOver.store(true, ordering: .relaxed) }
}

/// Tells what the loop calls.
private final class Probe: LoopParticipant {
    private var tell: (String) -> Void = { _ in }
    private var joined: (thread: LoopThread, place: LoopThread.Place)?
    private var descriptor: Int32?
    private var settled = 0

    func begin(_ thread: LoopThread, _ descriptor: Int32, _ tell: @escaping (String) -> Void) {
        self.tell = tell
        let place = thread.join(self)
        joined = (thread, place)
        self.descriptor = descriptor
        thread.watch(descriptor, .readable, for: place)
    }

    /// Waits for a deadline alone.
    func wait(_ thread: LoopThread, _ tell: @escaping (String) -> Void) {
        self.tell = tell
        let place = thread.join(self)
        joined = (thread, place)
        thread.setDeadline(thread.now + 1_000_000, for: place)
    }

    func end() {
        guard let (thread, place) = joined else { return }
        if let descriptor { thread.unwatch(descriptor) }
        thread.leave(place)
        joined = nil
    }

    func descriptorIsReady(_ descriptor: Int32, _ events: PollEvents) {
        guard let (thread, place) = joined else { return }
        tell(events.contains(.readable) ? "readable" : "writable")
        thread.unwatch(descriptor)
        self.descriptor = nil
        thread.requestFlush(place)
        thread.requestSettling(place)
    }

    func settle() {
        guard let (thread, place) = joined else { return }
        tell("settle")
        settled += 1
        if settled == 1 { thread.requestSettling(place) }
    }

    func flush() {
        guard let (thread, place) = joined else { return }
        tell("flush")
        thread.setDeadline(thread.now + 1_000_000, for: place)
    }

    func deadlineHasCome() { tell("deadline") }
}
