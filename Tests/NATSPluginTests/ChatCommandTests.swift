import Testing

@testable import NATSPlugin

@Suite("What is typed after !chat")
struct ChatCommandTests {
    @Test(
        "is a command in its exact form only",
        arguments: [
            ("", .help), ("   \t\n", .help), ("help", .help), ("HELP", .help), (" Help ", .help),
            ("help me with python", .message("help me with python")),
            ("reset", .reset), ("ReSeT", .reset), ("reset my password how?", .message("reset my password how?")),
            ("persona", .personas), ("persona technical", .persona("technical")), ("Persona TECH", .persona("TECH")),
            ("persona of Hamlet, please", .message("persona of Hamlet, please")),
            ("model", .models), ("model openai/gpt-4", .model("openai/gpt-4")),
            ("model trains are great", .message("model trains are great")),
            ("stop", .stop), ("STOP", .stop), ("stop it now", .message("stop it now")), ("stop!", .message("stop!")),
            ("retry", .retry), ("retry harder", .message("retry harder")),
            ("usage", .usage), ("usage of commas?", .message("usage of commas?")),
            ("remember Alice likes tea", .memory(.remember, "Alice likes tea")),
            ("Recall  tea ", .memory(.recall, "tea")),
            ("remember", .memory(.remember, "")), ("recall", .memory(.recall, "")), ("FORGET", .memory(.forget, "")),
            ("forget abcd1234", .memory(.forget, "abcd1234")), ("remember\nthis", .memory(.remember, "this")),
            ("remembering Alice", .message("remembering Alice")),
            ("forget about it, friend", .message("forget about it, friend")),
            ("helpful", .message("helpful")), ("/clear", .message("/clear")), ("!chat help", .message("!chat help")),
        ] as [(String, ChatCommand)])
    func command(text: String, command: ChatCommand) { #expect(ChatCommand(text) == command) }

    @Test(
        "need not say again what the subject says",
        arguments: [
            (.remember, "Alice likes tea", "Alice likes tea"),
            (.remember, "REMEMBER Alice likes tea", "Alice likes tea"),
            (.remember, "remember", ""), (.remember, " ", ""), (.remember, "recall tea", "recall tea"),
            (.recall, "recall tea", "tea"), (.recall, "tea recall", "tea recall"),
            (.forget, "forget abcd1234", "abcd1234"),
            (.forget, "abcd1234", "abcd1234"), (.forget, "forget this and that", "this and that"),
        ] as [(MemoryVerb, String, String)])
    func subject(verb: MemoryVerb, text: String, rest: String) {
        #expect(ChatCommand(verb, text) == .memory(verb, rest))
    }

    @Test("is listed by the help, one line a command, with the personas there are")
    func help() {
        let lines = ChatCommand.helpText(personas: ["default", "pirate"], remembers: true).split(separator: "\n")
        #expect(lines.first == "LLM Chat Commands:")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("!chat ") && $0.contains(" - ") })
        #expect(lines.contains("!chat persona [name] - Change or list personas (default, pirate)"))
        #expect(lines.contains("!chat <message> - Send a message to the LLM"))
        #expect(lines.contains("!chat reset - Clear conversation context"))
        #expect(lines.contains("!chat usage - Show what you have asked and spent today, and what is left"))
        #expect(
            lines.suffix(4) == [
                "!chat remember <fact> - Store a fact in memory", "!chat recall <query> - Recall memories by keyword",
                "!chat forget <id> - Forget a specific memory", "!chat help - Show this help message",
            ])
        let without = ChatCommand.helpText(personas: [], remembers: false)
        #expect(!without.contains("memory") && without.hasSuffix("\n!chat help - Show this help message"))
    }
}
