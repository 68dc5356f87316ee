/// In whose name a request is made: whose limits it keeps to.
package enum Caller: Sendable, Hashable {
    /// A user's, by name.
    case user(String)
    /// A plugin's own, by name; nil for those that do not say which they are.
    case plugin(String?)

    /// The user, if it is one.
    var user: String? {
        guard case .user(let name) = self else { return nil }
        return name
    }

    /// Whose usage it adds to.
    var subject: UsageSubject {
        switch self {
        case .user(let name): .user(name)
        case .plugin(let name): .plugin(name)
        }
    }
}
