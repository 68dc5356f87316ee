extension Configuration {
    /// `providers.NAME.rules[…]`: what a scripted provider does with a message that fits a pattern.
    package struct ScriptedRule: Sendable, Equatable {
        /// `pattern`: words with `*` for any, upper and lower case alike. Never blank.
        package var pattern: String
        /// `replies`: said in rotation; never blank, and empty only where there is a failure or a tool call.
        package var replies: [String]
        /// `delay`: seconds before the reply; 0 to a day. Default none.
        package var delay: Duration?
        /// `chunk_size`: characters in one piece of a streamed reply, from 1 on. Default: the provider's own.
        package var chunkSize: Int?
        /// `failure`: fail instead of a reply. Default none.
        package var failure: Failure?

        /// A rule that replies.
        package init(pattern: String, replies: [String]) {
            self.pattern = pattern
            self.replies = replies
        }

        /// How a rule fails. A plain string in the file is the code alone.
        package struct Failure: Sendable, Equatable {
            /// `code`: the kind, e.g. `unavailable` or `rate_limited`; the provider knows which there are.
            package var code: String?
            /// `message`: the sentence for the room.
            package var message: String?

            /// A failure.
            package init(code: String? = nil, message: String? = nil) {
                self.code = code
                self.message = message
            }
        }
    }
}

extension Configuration.ScriptedRule {
    /// Reads one rule; nil where a part is missing.
    static func read(_ section: inout Section) -> Configuration.ScriptedRule? {
        let pattern = section.requiredString("pattern")
        let replies = section.entries("replies")?.map(\.text) ?? []
        if replies.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            section.fault("replies", expected: "no blank reply among them")
        }
        guard let pattern else {
            section.skipAll()
            return nil
        }
        var rule = Configuration.ScriptedRule(pattern: pattern, replies: replies)
        rule.delay = section.delay("delay")
        rule.chunkSize = section.integer("chunk_size", in: 1...)
        if section.isString("failure") {
            rule.failure = section.string("failure").map { Failure(code: $0) }
        } else if section.has("failure") {
            section.section("failure") {
                rule.failure = Failure(code: $0.string("code"), message: $0.string("message"))
            }
        }
        rule.check(&section)
        return rule
    }

    /// The kinds of failure that a provider can have.
    private static let failureCodes = [
        "unavailable", "timeout", "rate_limited", "quota", "authentication", "unknown_model", "too_long",
        "invalid_request", "content_filtered", "bad_answer",
    ]

    private func check(_ section: inout Section) {
        let saysNothing = !section.has("replies") || section.isEmptyList("replies")
        if saysNothing, !section.has("failure") {
            section.fault("replies", expected: "at least one reply or a failure")
        }
        if pattern.count > 1, pattern.hasPrefix("/"), pattern.hasSuffix("/") {
            section.fault("pattern", expected: "words, with * for any (regular expressions are not understood)")
        }
        if let code = failure?.code, !Self.failureCodes.contains(code) {
            section.fault("failure", expected: "one of \(Self.failureCodes.joined(separator: ", "))")
        }
    }
}
