import BusProtocol
import Conversations
import LLMService
import Observability

/// A request on its way through the service: what its replies repeat, and what it is counted by.
struct RequestContext: Sendable {
    var reply: ReplyContext
    /// Which way it came in; nil for what nobody asked for.
    var door: Door?
    /// What was asked for.
    var kind = Operation.Kind.unknown
    /// The statistics of where it came in; nil for what nobody asked for.
    var statistics: EndpointStatistics?
    /// When its message was taken up; nil where that is of no use: a job may have been taken up before.
    var arrival: ContinuousClock.Instant?
    /// The request's span; nil where nobody traces.
    var span: TraceSpan?
    /// The message it came in, and what it is worked on with; nil where it has its place here.
    var admission: Admission?
}

/// A message that this instance works on.
struct Admission: Sendable {
    let message: IncomingMessage
    let placement: Cluster.Placement
}

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

    init(_ endpoint: Endpoint?) {
        self =
            switch endpoint {
            case .command, .memory: .command
            case .request: .request
            case .job: .job
            case .call, nil: .call
            }
    }
}

/// What came of an operation; how it is told is the responder's part.
enum OperationResult: Sendable {
    case answer(Answer)
    /// The messages that were cleared.
    case reset(Int)
    /// The requests that were stopped.
    case stopped(Int)
    /// The personas that there are; the channel's own and its model, where these were asked for.
    case personas([String], current: String?, model: String?)
    /// The persona that a channel has now, of those that there are.
    case persona(String, [String])
    case models([ModelListing])
    /// The models that there are, and the one that a channel has.
    case channelModels([ModelListing], current: String)
    /// The model that a channel has now.
    case model(String)
    case remembered(Memory)
    case recalled([Memory], query: String)
    case forgot(Memory)
    case usage(UsageReport)
    case status(ServiceStatus, InstancesStatus)
    /// The personas that there are, and whether there is anything to remember with.
    case help([String], remembers: Bool)
}
