package import BusProtocol
package import LLMService

/// Who may give which commands in a room.
package struct Permissions: Sendable {
    /// A command that may be for admins only.
    package enum Command: String, Sendable, CaseIterable {
        case reset, persona, model, stop, retry, remember, recall, forget, usage

        /// What it does, for a sentence.
        fileprivate var deed: String {
            switch self {
            case .reset: "reset the conversation"
            case .persona: "change the persona"
            case .model: "change the model"
            case .stop: "stop others"
            case .retry: "have an answer made again"
            case .remember: "have something remembered"
            case .recall: "search what is remembered"
            case .forget: "have something forgotten"
            case .usage: "see the usage"
            }
        }
    }

    /// The admins, as the bot names them.
    package var admins: Set<String>
    /// What is for them only.
    package var restricted: Set<Command>

    /// Permissions; without any, everybody may do everything.
    package init(admins: Set<String> = [], restricted: Set<Command> = []) {
        self.admins = admins
        self.restricted = restricted
    }

    /// Whether somebody is an admin. Who has no name is none.
    ///
    /// - Parameter user: the name as it came; nil where there was none.
    package func isAdmin(_ user: String?) -> Bool { user.map(admins.contains) ?? false }

    /// Whether somebody may give a command.
    package func mayUse(_ command: Command, _ user: String?) -> Bool {
        !restricted.contains(command) || isAdmin(user)
    }

    /// Why somebody may not have something done, if so.
    package func refusal(of operation: Operation, to user: String?) -> LLMError? {
        guard let command = operation.permission, !mayUse(command, user) else { return nil }
        return LLMError(.forbidden, "Only admins may \(command.deed) here.")
    }
}

extension Operation {
    /// What has to be permitted for it in a room, whole; nil: it is for everybody. (Of stopping, a part is.)
    var permission: Permissions.Command? {
        switch self {
        case .reset: .reset
        case .setPersona: .persona
        case .setModel: .model
        case .generate(.retry): .retry
        case .usage: .usage
        case .memory(.remember, _): .remember
        case .memory(.recall, _): .recall
        case .memory(.forget, _): .forget
        case .generate, .personas, .models, .channelModel, .status, .cancel, .help: nil
        }
    }
}
