/// What plugins may call on `rosey.llm.*` (wire contract, section 6), by the end of its subject.
enum Call: String, CaseIterable, Sendable {
    case chat
    case complete
    case summarize
    case memoryAdd = "memory.add"
    case memoryRecall = "memory.recall"
    case personaGet = "persona.get"
    case personaSet = "persona.set"
    case personaList = "persona.list"
    case status
    case usage
    case models

    /// Nil where there is nothing of that name.
    init?(subject: String) { self.init(rawValue: String(subject.dropFirst(Subjects.callPrefix.count))) }

    /// Whether it may come without anything to read.
    var needsNothing: Bool { [.status, .models, .personaList].contains(self) }

    /// The fields of its reply, besides whether it succeeded and why not; null where it did not.
    var fields: [String] {
        switch self {
        case .chat, .complete: ["content", "provider", "model", "usage", "finish_reason"]
        case .summarize: ["summary"]
        case .memoryAdd, .memoryRecall: ["memories", "memory_id"]
        case .personaGet, .personaSet, .personaList: ["persona", "available"]
        case .status:
            [
                "healthy", "provider", "model", "requests_today", "tokens_today", "rate_limited", "uptime_seconds",
                "providers", "version", "instance",
            ]
        case .usage: ["user", "requests_today", "tokens_today", "rate_limits_remaining"]
        case .models: ["models"]
        }
    }

    /// Those that are 0 where it did not: the old plugin's were never null.
    var counts: [String] {
        switch self {
        case .chat, .complete: ["tokens_used"]
        case .memoryAdd, .memoryRecall: ["count"]
        default: []
        }
    }
}
