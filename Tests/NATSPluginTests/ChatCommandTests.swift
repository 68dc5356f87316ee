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
            ("remember Alice likes tea", .unavailable(.memory)), ("recall tea", .unavailable(.memory)),
            ("forget", .unavailable(.memory)), ("forget abcd1234", .unavailable(.memory)),
            ("forget about it, friend", .message("forget about it, friend")),
            ("helpful", .message("helpful")), ("/clear", .message("/clear")), ("!chat help", .message("!chat help")),
        ] as [(String, ChatCommand)])
    func command(text: String, command: ChatCommand) { #expect(ChatCommand(text) == command) }

    @Test("is listed by the help, one line a command, with the personas there are")
    func help() {
        let lines = ChatCommand.helpText(personas: ["default", "pirate"]).split(separator: "\n")
        #expect(lines.first == "LLM Chat Commands:")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("!chat ") && $0.contains(" - ") })
        #expect(lines.contains("!chat persona [name] - Change or list personas (default, pirate)"))
        #expect(lines.contains("!chat <message> - Send a message to the LLM"))
        #expect(lines.contains("!chat reset - Clear conversation context"))
        #expect(lines.contains("!chat usage - Show what you have asked and spent today, and what is left"))
        #expect(lines.last == "!chat help - Show this help message")
    }
}
