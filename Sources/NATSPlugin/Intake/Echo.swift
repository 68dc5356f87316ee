import JSON

/// What of a message comes back in whatever answers it.
struct Echo: Sendable {
    /// As it came; an empty string where there was none.
    var channelID: JSONValue = .string("")
    /// The sender's, or one of ours.
    var requestID: String
    /// What was asked for; nil for commands.
    var action: String?
    /// Who asked.
    var username = "User"
    /// Where answers go besides the bus's own subjects.
    var replies: [String] = []
    /// How it is answered, where it is a call: then nobody else hears of it.
    var call: CallReply?
    /// Where its answer goes instead of the bus, where it is a job's.
    var job: JobDelivery?
    /// Whether pieces are wanted as they come; then the replies end with an empty message.
    var isStreamed = false
    /// Whose failure it is if it fails, for the statistics.
    var endpoint: Endpoint?
    /// What was typed, for the statistics; nil where it was not, or could not be read.
    var command: RequestKind?
    /// When its message was taken up, where that is known.
    var arrival: ContinuousClock.Instant?
    /// What an id of the sender's is an id within: the same id for another channel, or for something else, is another
    /// request.
    var scope = ""
    /// Whether the id is the sender's: then the same one again is the same request.
    var isOwnID = false

    /// Who asked, where somebody is named.
    var speaker: String? { username == "User" ? nil : username }

    /// What makes two requests the same.
    var identity: String { scope.isEmpty ? requestID : "\(scope)\u{0}\(requestID)" }
}
