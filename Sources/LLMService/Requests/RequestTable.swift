/// The requests under way, and which of them are to end early. A value: whose task is to be cancelled is returned.
///
/// Every request is settled exactly once. Whoever stops it first says why; once it is settled nothing stops it.
struct RequestTable: Sendable {
    typealias Ticket = UInt64
    typealias Outcome = Task<Result<Boxed<Answer>, LLMError>, Never>

    private struct Entry: Sendable {
        var requestID: String
        var channel: String?
        var user: String?
        var task: Outcome?
        var isRunning = false
        var reason: StopReason?
    }

    private var entries: [Ticket: Entry] = [:]

    /// The requests under way.
    var count: Int { entries.count }

    /// A request came in.
    mutating func add(_ ticket: Ticket, requestID: String, channel: String?, user: String? = nil) {
        entries[ticket] = Entry(requestID: requestID, channel: channel, user: user)
    }

    /// Its task has started. Returns whether it is to be cancelled at once.
    mutating func attach(_ ticket: Ticket, _ task: Outcome) -> Bool {
        entries[ticket]?.task = task
        return entries[ticket]?.reason != nil
    }

    /// It no longer waits: a provider is about to be asked. Returns false where it was stopped before: then none is.
    mutating func begin(_ ticket: Ticket) -> Bool {
        guard entries[ticket]?.reason == nil else { return false }
        entries[ticket]?.isRunning = true
        return true
    }

    /// It is over. Returns why it is to fail in spite of its answer, if it is.
    mutating func settle(_ ticket: Ticket) -> StopReason? { entries.removeValue(forKey: ticket)?.reason }

    /// Stops those that match. Returns their tasks, and how many were not stopped before.
    mutating func stop(_ selection: Selection, _ reason: (_ isRunning: Bool) -> StopReason) -> (
        tasks: [Outcome], count: Int
    ) {
        var tasks: [Outcome] = []
        var count = 0
        for ticket in matching(selection) {
            guard var entry = entries[ticket], entry.reason == nil else { continue }
            entry.reason = reason(entry.isRunning)
            entries[ticket] = entry
            count += 1
            if let task = entry.task { tasks.append(task) }
        }
        return (tasks, count)
    }

    /// Which requests are meant.
    enum Selection {
        case ticket(Ticket)
        case requestID(String)
        case channel(String)
        case user(String, channel: String)
        case waiting
        case all
    }

    private func matching(_ selection: Selection) -> [Ticket] {
        switch selection {
        case .ticket(let ticket): [ticket]
        case .requestID(let id): entries.filter { $0.value.requestID == id }.map(\.key)
        case .channel(let channel): entries.filter { $0.value.channel == channel }.map(\.key)
        case .user(let user, let channel):
            entries.filter { $0.value.channel == channel && $0.value.user == user }.map(\.key)
        case .waiting: entries.filter { !$0.value.isRunning }.map(\.key)
        case .all: Array(entries.keys)
        }
    }
}

/// Why a request ends early.
enum StopReason: Sendable, Equatable {
    /// Somebody asked for it.
    case cancelled
    /// Its time was up, while it waited in a queue or while a provider worked on it.
    case deadline(whileRunning: Bool)
    /// The service ends.
    case shutdown
}
