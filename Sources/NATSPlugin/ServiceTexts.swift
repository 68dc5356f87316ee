import BusProtocol
import Concurrency
import Conversations
import LLMService
import LanguageModels
import ServiceRuntime

/// The sentences that people read in answers of the service's own (documented in RoomCommands.md).
enum ServiceTexts {
    /// Returns what is said of what came of an operation, and the further fields that say the same for programs.
    static func text(
        of result: OperationResult, to door: Door?, version: String, instance: String
    ) -> (String, LLMResponse.Details) {
        switch result {
        case .answer(let answer): (answer.content, .none)
        case .reset(let count):
            (door == .command ? "Conversation context reset (\(count) messages cleared)." : "Context reset", .none)
        case .stopped(let count): ("Stopped (\(count) cancelled).", .none)
        case .personas(let names, let current, _):
            (personas(names, current: current ?? ""), .personas(names, current: current ?? ""))
        case .persona(let persona, _): ("Persona changed to: \(persona)", .persona(persona))
        case .models(let models): (models.map { "\($0.provider)/\($0.id)" }.joined(separator: "\n"), .models(models))
        case .channelModels(let models, let current): (self.models(models, current: current), .none)
        case .model(let model): ("Model changed to: \(model)", .none)
        case .remembered(let memory): (remembered(memory), .memories(memory.id, [memory]))
        case .recalled(let memories, let query): (recalled(memories, query), .memories(nil, memories))
        case .forgot(let memory): ("Forgot memory: \(memory.id)", .memories(memory.id, [memory]))
        case .usage(let report): (usage(report), .none)
        case .status(let status, let instances):
            (
                self.status(status, instances),
                .status(status, version: version, instance: instance, instances)
            )
        case .help(let personas, let remembers): (help(personas: personas, remembers: remembers), .none)
        }
    }

    /// Returns one line a command.
    ///
    /// - Parameter remembers: whether there is anything to remember with.
    static func help(personas: [String], remembers: Bool) -> String {
        let memory = """
            !chat remember <fact> - Store a fact in memory
            !chat recall <query> - Recall memories by keyword
            !chat forget <id> - Forget a specific memory

            """
        return """
            LLM Chat Commands:
            !chat <message> - Send a message to the LLM
            !chat reset - Clear conversation context
            !chat persona [name] - Change or list personas (\(personas.joined(separator: ", ")))
            !chat model [name] - Change or list models (default: back to the usual one)
            !chat retry - Answer the last message again
            !chat stop - Cancel what is being answered in this channel
            !chat usage - Show what you have asked and spent today, and what is left
            \(remembers ? memory : "")!chat help - Show this help message
            """
    }

    static func personas(_ names: [String], current: String) -> String {
        let list = names.joined(separator: ", ")
        return "Available personas: \(list). Current: \(current). Use: !chat persona <name>"
    }

    static func models(_ models: [ModelListing], current: String) -> String {
        let shown = models.prefix(20).map { "\($0.provider)/\($0.id)" }.joined(separator: ", ")
        let rest = models.count > 20 ? " and \(models.count - 20) more" : ""
        let list = models.isEmpty ? "No provider lists its models right now." : "Available models: \(shown)\(rest)."
        return "\(list) Current: \(current). Use: !chat model <name>"
    }

    static func remembered(_ memory: Memory) -> String { "Remembered: \(memory.text) (ID: \(memory.id))" }

    static func recalled(_ memories: [Memory], _ query: String) -> String {
        let query = query.onOneLine
        if memories.isEmpty { return "No memories found for: \(query)" }
        return memories.reduce("Memories matching '\(query)':") { $0 + "\n• \($1.text) (ID: \($1.id))" }
    }

    /// Returns a line a provider, and one of the instances where there are several.
    static func status(_ status: ServiceStatus, _ instances: InstancesStatus) -> String {
        if status.providers.isEmpty { return "There is no provider." }
        let count = instances.instances.count
        let lines = status.providers.map { provider in
            let latency = provider.statistics.latency.map { "mean latency \($0.milliseconds) ms" }
            let breaker = provider.breaker == .halfOpen ? "half open" : provider.breaker.rawValue
            return "\(provider.name): \(provider.isAvailable ? "available" : "not available"), breaker \(breaker), "
                + (latency ?? "no answer yet")
        }
        return (lines + (count > 1 ? ["\(count) instances share the channels"] : [])).joined(separator: "\n")
    }

    // MARK: usage

    /// Returns one line of what was used, and one of what is left where there are limits.
    static func usage(_ report: UsageReport) -> String {
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

    // MARK: failures

    /// Returns what whoever asked reads of a failure, each in the old plugin's words.
    static func failure(_ error: LLMError, through door: Door?) -> String {
        switch door {
        case .command:
            switch error.code {
            case .internal: "Sorry, something went wrong while processing your message."
            case .busy, .shuttingDown: "Sorry, \(error.message)."
            case _ where error.isProviderFailure, .timeout: "Sorry, I encountered an error: \(error.message)"
            default: error.message
            }
        case .request, .job, nil:
            switch error.code {
            case .internal: "Service error: something went wrong here; it is in the service's log"
            case _ where error.isProviderFailure: "Provider error: \(error.message)"
            default: error.message
            }
        case .call, .agent:
            error.code == .internal ? "something went wrong here; it is in the service's log" : error.message
        }
    }
}
