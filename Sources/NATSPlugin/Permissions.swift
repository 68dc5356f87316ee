package import BusProtocol
package import LLMService

/// Who may have what done in a room.
package struct Permissions: Sendable, Equatable {
    /// The admins, as the bot names them.
    package var admins: Set<String>
    /// What is for them only.
    package var restricted: Set<Operation.Kind>

    /// Permissions; without any, everybody may do everything.
    package init(admins: Set<String> = [], restricted: Set<Operation.Kind> = []) {
        self.admins = admins
        self.restricted = restricted
    }

    /// Whether somebody may have a kind of operation done. Who has no name is no admin.
    ///
    /// - Parameter user: the name as it came; nil where there was none.
    package func mayUse(_ kind: Operation.Kind, _ user: String?) -> Bool {
        !restricted.contains(kind) || user.map(admins.contains) ?? false
    }

    /// Why somebody may not have something done, if so. (Of stopping, everybody may do a part.)
    package func refusal(of operation: Operation, to user: String?) -> LLMError? {
        switch operation {
        case .personas, .cancel: return nil
        case _ where mayUse(operation.kind, user): return nil
        default: return LLMError(.forbidden, "Only admins may \(operation.kind.phrase) here.")
        }
    }
}

extension Operation.Kind {
    /// What it does, for a sentence.
    fileprivate var phrase: String {
        switch self {
        case .reset: "reset the conversation"
        case .persona: "change the persona"
        case .model: "change the model"
        case .cancel: "stop others"
        case .retry: "have an answer made again"
        case .remember: "have something remembered"
        case .recall: "search what is remembered"
        case .forget: "have something forgotten"
        case .usage: "see the usage"
        default: "do that"
        }
    }
}
