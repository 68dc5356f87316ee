import BusProtocol
import JSON
package import Settings

/// How answers look in a room, and who may do what there: the section `chat`.
package struct ChatSettings: Configurable {
    /// The longest message a room takes, in UTF-16 units; nil: answers are not cut.
    package var maxMessageLength: Int?
    /// Of a streamed answer's pieces, what comes within it goes out together; zero: each goes out as it comes.
    package var deltaInterval: Duration = .milliseconds(30)
    /// Who may give which commands, and have forgotten what others had remembered.
    package var permissions = Permissions()

    /// The defaults.
    package init() {}

    package mutating func read(_ section: inout Section) {
        section.integer("max_message_length", &maxMessageLength, in: 20...)
        section.duration("delta_interval_ms", &deltaInterval, in: 0...1000, unit: .milliseconds(1))
        section.words("admins", &permissions.admins)
        section.note("permissions", .object([:]))
        section.section("permissions") { part in
            for command in Command.allCases {
                let audience: Audience? = part.choice(command.rawValue)
                if audience == .admins { permissions.restricted.insert(command.kind) }
            }
        }
        if permissions.admins.isEmpty, !permissions.restricted.isEmpty {
            section.warn("permissions", "there are no admins: nobody may do what is for them (see chat.admins)")
        }
    }

    /// A command that may be for admins only.
    private enum Command: String, CaseIterable {
        case reset, persona, model, stop, retry, remember, recall, forget, usage

        var kind: Operation.Kind { self == .stop ? .cancel : Operation.Kind(rawValue: rawValue) ?? .unknown }
    }

    /// Who may give a command.
    private enum Audience: String, CaseIterable { case everyone, admins }
}
