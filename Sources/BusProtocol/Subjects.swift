/// The subjects of the wire contract, which LLMService.docc/Plugins/Protocol.md documents.
package enum Subjects {
    /// In: the bot, for `!chat …`.
    package static let command = "rosey.command.chat"
    /// In: the bot, for `!chat remember …` and its like.
    package static func command(_ verb: MemoryVerb) -> String { "\(command).\(verb.rawValue)" }
    /// In: other plugins.
    package static let request = "llm.request"
    /// In: the same as on ``command`` or ``request``, on a subject for each channel, which ends with the ``NATSToken`` of the
    /// channel's name.
    ///
    /// - Parameter group: onto which the server has mapped the subject; nil where it has not.
    static func ofChannels(_ subject: String, in group: Int?) -> String {
        group.map { "\(subject).g.\($0).c.*" } ?? "\(subject).c.*"
    }
    /// Takes apart the subject of a channel; nil where it is none.
    package static func ofChannel(_ subject: String) -> (plain: String, token: Substring)? {
        guard let plain = [request, command].first(where: { subject.hasPrefix($0 + ".") }) else { return nil }
        let tokens = subject.dropFirst(plain.count + 1).split(separator: ".", omittingEmptySubsequences: false)
        switch (tokens.count, tokens.first) {
        case (2, "c"): return (plain, tokens[1])
        case (4, "g") where tokens[2] == "c": return (plain, tokens[3])
        default: return nil
        }
    }
    /// In, by way of JetStream: other plugins, for what must survive a crash.
    package static let job = "llm.job"
    /// In: other plugins, for a reply; all calls.
    package static let calls = callPrefix + ">"
    /// The beginning of the subject of each call.
    package static let callPrefix = "rosey.llm."

    /// Out: every final answer.
    package static let response = "llm.response"
    /// Out: every failure.
    package static let error = "llm.error"
    /// Out: pieces of an answer.
    package static let delta = "llm.delta"
    /// Out: the jobs that were given up.
    package static let deadJob = "llm.job.dead"
    /// The beginning of the subject of each event, which go out for observers.
    package static let eventPrefix = "rosey.event.llm."

    /// In and out: instances of the service that are in no numbered group, for each other; see ``InstanceGroup/peers``.
    static let peers = "rosey-llm.peers"
    /// In: the same, to whichever of them is the intake; see ``InstanceGroup/intake``.
    static let intake = "rosey-llm.intake"
    /// In: other instances, to one of them.
    package static func member(_ id: String) -> String { "rosey-llm.member.\(id)" }
    /// The beginning of the subjects on which one instance hands messages to another.
    package static let handedPrefix = "rosey-llm.handed"
    /// In: what is handed to one of them.
    package static func handed(to id: String) -> String { "\(handedPrefix).\(id).>" }
    /// The queue group that shares what comes in: each message is answered by one instance.
    package static let queueGroup = "rosey-llm"
    /// Pings all instances of the service (ADR-32).
    package static let ping = "$SRV.PING.rosey-llm"

    /// In: the lines of the bot's rooms, from whatever platform.
    package static let roomLines = ["rosey.platform.*.chatMsg", "rosey.platform.*.message"]
    /// In and out: a line for a room, which the bot's router passes on to the platform.
    package static let roomMessage = "rosey.plugins.llm.message"

    /// Returns whether a message may ask for answers on `subject`: not where they would come back in as requests, pass for
    /// an answer to another request, or command the server.
    package static func mayReceiveReplies(_ subject: String) -> Bool {
        if subject.hasPrefix("_INBOX.") { return true }
        return switch subject {
        case command, request, job, deadJob, response, error, delta, peers: false
        default:
            !subject.hasPrefix("$") && !subject.hasPrefix("rosey-llm.") && !subject.hasPrefix("rosey.command.chat.")
                && !subject.hasPrefix("llm.request.")
                && !subject.hasPrefix(callPrefix)
                && !subject.hasPrefix(eventPrefix)
        }
    }
}
