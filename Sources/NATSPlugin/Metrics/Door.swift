/// Which way a request came in.
enum Door: String, Sendable, CaseIterable {
    /// Somebody typed it in a room.
    case command
    /// A plugin's, on `llm.request`.
    case request
    /// The same, kept by JetStream until it is answered.
    case job
    /// On `rosey.llm.*`.
    case call
    /// A prompt for an agent.
    case agent
}

extension Echo {
    /// Which way it came in; nil for what nobody asked for.
    var door: Door? {
        switch endpoint {
        case .command, .memory: .command
        case .request: .request
        case .job: .job
        case .call: .call
        // Of a call that there is not.
        case nil: call == nil ? nil : .call
        }
    }

    /// What was asked for.
    var kind: RequestKind {
        switch endpoint {
        case .command: command ?? .unknown
        case .memory(let verb): RequestKind(verb)
        case .request, .job: action.flatMap(RequestKind.init(rawValue:)) ?? .unknown
        case .call(let call): RequestKind(call)
        case nil: .unknown
        }
    }
}
