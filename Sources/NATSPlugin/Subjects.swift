/// The subjects of the wire contract, section 1.
package enum Subjects {
    /// In: the bot, for `!chat …`.
    package static let command = "rosey.command.chat"
    /// In: the bot, for `!chat remember …` and its like.
    static func command(_ verb: MemoryVerb) -> String { "\(command).\(verb.rawValue)" }
    /// In: other plugins.
    package static let request = "llm.request"
    /// In, by way of JetStream: other plugins, for what must survive a crash.
    package static let job = "llm.job"
    /// Out: the jobs that were given up.
    package static let deadJob = "llm.job.dead"
    /// In: other plugins, for a reply.
    package static let calls = callPrefix + ">"
    /// What every call begins with.
    static let callPrefix = "rosey.llm."
    /// Out: what happens.
    static let eventPrefix = "rosey.event.llm."
    /// Out: every final answer.
    package static let response = "llm.response"
    /// Out: every failure.
    package static let error = "llm.error"
    /// Out: pieces of an answer.
    package static let delta = "llm.delta"
    /// In and out: instances of the service, for each other.
    package static let peers = "rosey-llm.peers"
    /// The group that shares what comes in: each message is answered by one instance.
    package static let queueGroup = "rosey-llm"

    /// Whether a message may ask for answers there: not where they would come back in as requests, pass for an answer to
    /// another, or command the server.
    static func mayReceiveReplies(_ subject: String) -> Bool {
        ![command, request, job, deadJob, response, error, delta, peers].contains(subject)
            && !["$", command + ".", callPrefix, eventPrefix].contains { subject.hasPrefix($0) }
    }
}
