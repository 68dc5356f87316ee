package import JSON
import LLMService
import NATSClient
import ServiceRuntime

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
        let endpoint = Self.bySubject[subject] ?? Subjects.ofChannel(subject).flatMap { Self.bySubject[$0.plain] }
        guard let endpoint else { return nil }
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
        case .request, .job: check(LLMRequest.decode(object, reply: reply, limits: limits), subject)
        case .command: check(ChatCommand.decode(object?.fields, reply: reply, limits: limits), subject)
        case .memory(let verb): ChatCommand.decode(object?.fields, verb, reply: reply, limits: limits)
        case .call, nil: LLMCall.decode(subject, object, reply: reply, limits: limits)
        }
    }

    /// What came on the subject of a channel belongs to that channel or to none, or is refused.
    private static func check(_ request: DecodedRequest, _ subject: String) -> DecodedRequest {
        guard bySubject[subject] == nil, let (_, token) = Subjects.ofChannel(subject),
            let channel = request.context.channelID.string, !channel.isEmpty, NATSToken.encode(channel) != token,
            case .success = request.operation
        else { return request }
        var request = request
        let fault = "channel_id: expected the channel whose token ends the subject, got \(channel.excerpt)"
        request.operation = .failure(LLMError(.invalidRequest, fault))
        return request
    }
}
