import Conversations
import LLMService

extension NATSPlugin {
    /// What somebody has asked and spent, for a room.
    func sendUsage(of user: String, _ echo: Echo) async {
        notice(Self.usageText(await service.usage(user: user)), echo)
    }

    /// One line of what was used, and one of what is left where there are limits.
    static func usageText(_ report: UsageReport) -> String {
        let name = (report.user ?? "").excerpt
        let used =
            "Usage of \(name) today: \(count(report.requestsToday, "request")), \(count(report.tokensToday, "token"))."
        let requests = [(UsageLimits.Kind.minute, "this minute"), (.hour, "this hour"), (.day, "today")]
            .compactMap { kind, when in report.remaining[kind].map { (count($0, "request"), when) } }
        // The unit is said once: `7 requests this minute, 97 this hour`.
        var left = requests.enumerated().map { index, part in
            "\(index == 0 ? part.0 : String(part.0.prefix { $0 != " " })) \(part.1)"
        }
        if let tokens = report.remaining[.tokens] { left.append("\(count(tokens, "token")) today") }
        return left.isEmpty ? used : "\(used)\nLeft: \(left.joined(separator: ", "))."
    }

    private static func count(_ number: Int, _ unit: String) -> String { "\(number) \(unit)\(number == 1 ? "" : "s")" }
}
