import LanguageModels

/// A rule of the conversational set: what it listens for, and what it can say to that.
struct ElizaRule: Sendable {
    /// What it can say.
    enum Reply: Sendable {
        /// One of these. `$1`…: what the wildcards stood for, turned around; `$who`: a comma and a name, where one is known.
        case lines([String])
        /// One of these, where a name is given.
        case introduction([String])
        /// The name of the one who asks.
        case name
        /// What the one who asks said before.
        case memory
        /// What somebody else said before; the first wildcard is who.
        case saying
    }

    let patterns: [WordPattern]
    let reply: Reply

    init(_ patterns: [String], _ lines: [String]) { self.init(patterns, .lines(lines)) }

    init(_ patterns: [String], _ reply: Reply) {
        self.patterns = patterns.map(WordPattern.init)
        self.reply = reply
    }
}
