package import JSON

/// A subject on which the service receives requests, as NATS' services protocol lists it.
package enum Endpoint: Hashable, Sendable {
    /// What people type after `!chat`.
    case command
    /// What they type after `!chat remember` and its like, where the bot has subjects for these.
    case memory(MemoryVerb)
    /// The requests of plugins.
    case request
    /// Their jobs, by way of JetStream.
    case job
    /// One of their calls.
    case call(LLMCall.Name)

    /// All of them, in the order in which they are listed.
    package static let all =
        [.command, .request, .job] + MemoryVerb.allCases.map(Endpoint.memory)
        + LLMCall.Name.allCases.map(Endpoint.call)

    /// Its name: letters, digits and `-`.
    package var name: String {
        switch self {
        case .command: "command"
        case .memory(let verb): "command-\(verb.rawValue)"
        case .request: "request"
        case .job: "job"
        case .call(let name): "call-" + name.rawValue.split(separator: ".").joined(separator: "-")
        }
    }

    /// Where it listens.
    package var subject: String {
        switch self {
        case .command: Subjects.command
        case .memory(let verb): Subjects.command(verb)
        case .request: Subjects.request
        case .job: Subjects.job
        case .call(let name): name.subject
        }
    }

    private static let bySubject = Dictionary(uniqueKeysWithValues: all.map { ($0.subject, $0) })

    /// Nil where there is no such endpoint; a call that there is not is heard all the same.
    package init?(subject: String) {
        guard let endpoint = Self.bySubject[subject] else { return nil }
        self = endpoint
    }

    /// Decodes a message that came on a subject.
    ///
    /// - Parameters:
    ///   - object: the payload; nil where it is no JSON object.
    ///   - reply: the message's NATS reply subject.
    package static func decode(
        _ subject: String, _ object: JSONObject?, reply: String?, limits: RequestLimits
    ) -> DecodedRequest {
        switch Endpoint(subject: subject) {
        case .request, .job: LLMRequest.decode(object, reply: reply, limits: limits)
        case .command: ChatCommand.decode(object?.fields, reply: reply, limits: limits)
        case .memory(let verb): ChatCommand.decode(object?.fields, verb, reply: reply, limits: limits)
        case .call, nil: LLMCall.decode(subject, object, reply: reply, limits: limits)
        }
    }
}
