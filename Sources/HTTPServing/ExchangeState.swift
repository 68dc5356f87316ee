import Concurrency
import FoundationEssentials

/// One request's way between its handler and the server's thread: a pure state machine.
struct ExchangeState {
    /// What the thread is to send.
    enum Answer {
        /// There is none yet: suspend the connection.
        case pending
        case head(HTTPServerResponse)
        /// Break the connection off.
        case broken
    }

    /// What the thread is to send of a streamed body.
    enum Output {
        case bytes(Data, waking: WaitSlot<Void>?)
        /// Nothing there: suspend the connection.
        case starved
        case end
        case broken
    }

    /// What became of a writer's bytes.
    enum Written {
        /// Taken; whether the thread has to be told.
        case taken(tellThread: Bool)
        /// Too much lies here: wait, and try again.
        case full(WaitSlot<Void>)
        case gone
    }

    private let limit: Int
    private var answer: HTTPServerResponse?
    private var buffer = Data()
    /// How much of `buffer` was sent already.
    private var sent = 0
    private var isStarved = false
    private var hasEnded = false
    private var isBroken = false
    private(set) var isGone = false
    private var writer: WaitSlot<Void>?
    private var watchers: [WaitSlot<Void>] = []

    /// - Parameter limit: How many bytes may wait for the client.
    init(limit: Int) { self.limit = limit }

    private var waiting: Int { buffer.count - sent }

    // MARK: The handler's side

    /// The handler has its answer. True: tell the thread.
    mutating func respond(_ response: HTTPServerResponse) -> Bool {
        guard !isGone, answer == nil else { return false }
        answer = response
        return true
    }

    /// The handler has bytes of a streamed body.
    mutating func write(_ bytes: Data) -> Written {
        if isGone { return .gone }
        if waiting >= limit {
            let slot = WaitSlot<Void>()
            writer = slot
            return .full(slot)
        }
        if sent > 0 {
            buffer.removeFirst(sent)
            sent = 0
        }
        buffer.append(bytes)
        defer { isStarved = false }
        return .taken(tellThread: isStarved)
    }

    /// The streamed body is over, whole or not. True: tell the thread.
    mutating func finish(broken: Bool) -> Bool {
        hasEnded = true
        isBroken = broken
        defer { isStarved = false }
        return isStarved
    }

    /// Somebody wants to know when the client has gone. Nil: it has gone already.
    mutating func watch() -> WaitSlot<Void>? {
        if isGone { return nil }
        let slot = WaitSlot<Void>()
        watchers.append(slot)
        return slot
    }

    // MARK: The thread's side

    /// What to answer.
    func next() -> Answer {
        if isGone { return .broken }
        return answer.map { .head($0) } ?? .pending
    }

    /// What of the body to send, at most `count` bytes.
    mutating func read(atMost count: Int) -> Output {
        if isGone { return .broken }
        if waiting > 0 {
            let bytes = buffer.dropFirst(sent).prefix(count)
            sent += bytes.count
            return .bytes(bytes, waking: waiting < limit ? writer.take() : nil)
        }
        if hasEnded { return isBroken ? .broken : .end }
        isStarved = true
        return .starved
    }

    /// The client has gone, or the answer is through. Returns who waited for that, or for room.
    mutating func close() -> [WaitSlot<Void>] {
        guard !isGone else { return [] }
        isGone = true
        buffer = Data()
        sent = 0
        answer = nil
        defer { watchers = [] }
        return watchers + (writer.take().map { [$0] } ?? [])
    }
}
