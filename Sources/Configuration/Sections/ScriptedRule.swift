package import JSON

extension Configuration {
    /// `providers.NAME.rules[…]`: what a scripted provider does with a message that fits a pattern.
    package struct ScriptedRule: Sendable, Equatable {
        /// `pattern`: words with `*` for any, upper and lower case alike, or `/a regular expression/`. Never blank.
        package var pattern: String
        /// `replies`: said in rotation; never blank, and empty only where there is a failure or a tool call.
        package var replies: [String]
        /// `delay`: seconds before the reply; 0 to a day. Default none.
        package var delay: Duration?
        /// `chunk_size`: characters in one piece of a streamed reply, from 1 on. Default: the provider's own.
        package var chunkSize: Int?
        /// `failure`: fail instead of a reply. Default none.
        package var failure: Failure?
        /// `tool_call`: call a tool instead of a reply. Default none.
        package var toolCall: ToolCall?

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

        /// The tool that a rule calls.
        package struct ToolCall: Sendable, Equatable {
            /// `name`: the tool's.
            package var name: String
            /// `arguments`: an object. Default empty.
            package var arguments: [String: JSONValue]

            /// A call.
            package init(name: String, arguments: [String: JSONValue] = [:]) {
                self.name = name
                self.arguments = arguments
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
        if section.has("tool_call") { section.section("tool_call") { rule.toolCall = ToolCall.read(&$0) } }
        rule.check(&section)
        return rule
    }

    private func check(_ section: inout Section) {
        let saysNothing = !section.has("replies") || section.isEmptyList("replies")
        if saysNothing, !section.has("failure"), !section.has("tool_call") {
            section.fault("replies", expected: "at least one reply, a failure or a tool_call")
        }
        guard pattern.count > 1, pattern.first == "/", pattern.last == "/" else { return }
        if (try? Regex(String(pattern.dropFirst().dropLast()))) == nil {
            section.fault("pattern", expected: "a regular expression between the slashes")
        }
    }
}

extension Configuration.ScriptedRule.ToolCall {
    static func read(_ section: inout Section) -> Self? {
        let arguments = section.object("arguments") ?? [:]
        return section.requiredString("name").map { Self(name: $0, arguments: arguments) }
    }
}
