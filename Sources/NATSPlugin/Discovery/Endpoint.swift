/// What the plugin listens for, as the services protocol lists it.
enum Endpoint: Hashable, Sendable {
    /// What people type after `!chat`.
    case command
    /// What they type after `!chat remember` and its like, where the bot has subjects for these.
    case memory(MemoryVerb)
    /// The requests of plugins.
    case request
    /// Their jobs, by way of JetStream.
    case job
    /// One of their calls.
    case call(Call)

    /// All of them, in the order in which they are listed.
    static let all =
        [.command, .request, .job] + MemoryVerb.allCases.map(Endpoint.memory) + Call.allCases.map(Endpoint.call)

    /// Its name: letters, digits and `-`.
    var name: String {
        switch self {
        case .command: "command"
        case .memory(let verb): "command-\(verb.rawValue)"
        case .request: "request"
        case .job: "job"
        case .call(let call): "call-" + call.rawValue.split(separator: ".").joined(separator: "-")
        }
    }

    /// Where it listens.
    var subject: String {
        switch self {
        case .command: Subjects.command
        case .memory(let verb): Subjects.command(verb)
        case .request: Subjects.request
        case .job: Subjects.job
        case .call(let call): Subjects.callPrefix + call.rawValue
        }
    }

    /// What there is to know for whoever wants to use it.
    var metadata: [(key: String, value: String)] {
        let events = [Subjects.response, Subjects.error].joined(separator: " ")
        return switch self {
        case .command: [("description", "a line of a room, after !chat"), ("publishes", events)]
        case .memory(let verb):
            [("description", "a line of a room, after !chat \(verb.rawValue)"), ("publishes", events)]
        case .request:
            [("description", "a request of a plugin"), ("publishes", "\(events) \(Subjects.delta)")]
        case .job:
            [("description", "a request of a plugin, kept by JetStream until it is answered"), ("publishes", events)]
        case .call(let call): [("description", "the call \(call.rawValue), answered to its reply subject")]
        }
    }
}
