import Conversations

/// What is to be done with a channel's memory.
enum MemoryRequest: Sendable {
    case remember(String, category: Memory.Category, importance: Int, author: String?)
    case recall(String, author: String?, limit: Int, user: String?)
    case forget(String, by: String?, isAdmin: Bool)
}

/// What somebody types to have something done with it.
enum MemoryVerb: String, CaseIterable, Sendable {
    case remember, recall, forget

    /// What is said where nothing follows it.
    var usage: String {
        switch self {
        case .remember: "Usage: !chat remember <fact>"
        case .recall: "Usage: !chat recall <query>"
        case .forget: "Usage: !chat forget <memory_id>"
        }
    }

    /// How important it is what people want remembered by their own hand: more than what a model finds worth it.
    private static let importance = 3

    /// What is to be done with `text`, which is not empty.
    func request(_ text: String, by speaker: String?, isAdmin: Bool) -> MemoryRequest {
        switch self {
        case .remember: .remember(text, category: .fact, importance: Self.importance, author: speaker)
        case .recall: .recall(text, author: nil, limit: 5, user: speaker)
        case .forget: .forget(text, by: speaker, isAdmin: isAdmin)
        }
    }
}
