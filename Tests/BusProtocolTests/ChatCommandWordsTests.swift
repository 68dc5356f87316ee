import Conversations
import JSON
import LLMService
import Testing

@testable import BusProtocol

@Suite("What is typed after !chat")
struct ChatCommandWordsTests {
    private func decode(_ text: String, _ verb: MemoryVerb? = nil, admins: Set<String> = []) -> DecodedRequest {
        ChatCommand.decode(
            ["args": .string(text), "channel": .string("c"), "user": .string("u")], verb, reply: nil,
            limits: RequestLimits(messageBytes: 1000, timeout: .seconds(1), admins: admins))
    }

    @Test(
        "is a command in its exact form only",
        arguments: [
            ("", "help c"), ("   \t\n", "help c"), ("help", "help c"), ("HELP", "help c"), (" Help ", "help c"),
            ("help me with python", "chat c u: help me with python"),
            ("reset", "reset c"), ("ReSeT", "reset c"), ("reset my password how?", "chat c u: reset my password how?"),
            ("persona", "personas c"), ("persona technical", "persona c: technical"),
            ("Persona TECH", "persona c: TECH"),
            ("persona of Hamlet, please", "chat c u: persona of Hamlet, please"),
            ("model", "model of c"), ("model openai/gpt-4", "model c: openai/gpt-4"),
            ("model trains are great", "chat c u: model trains are great"),
            ("stop", #"cancel channel("c")"#), ("STOP", #"cancel channel("c")"#),
            ("stop it now", "chat c u: stop it now"), ("stop!", "chat c u: stop!"),
            ("retry", "retry c"), ("retry harder", "chat c u: retry harder"),
            ("usage", "usage u"), ("usage of commas?", "chat c u: usage of commas?"),
            ("remember Alice likes tea", "remember c fact 3 u: Alice likes tea"),
            ("Recall  tea ", "recall c - 5 u: tea"),
            ("remember", "remember c fact 3 u: "), ("recall", "recall c - 5 u: "), ("FORGET", "forget c u: "),
            ("forget abcd1234", "forget c u: abcd1234"), ("remember\nthis", "remember c fact 3 u: this"),
            ("remembering Alice", "chat c u: remembering Alice"),
            ("forget about it, friend", "chat c u: forget about it, friend"),
            ("helpful", "chat c u: helpful"), ("/clear", "chat c u: /clear"), ("!chat help", "chat c u: !chat help"),
            ("  two  words\n", "chat c u: two  words"),
        ])
    func command(text: String, words: String) {
        #expect(decode(text).value?.words == words)
        #expect(decode(text).value?.kind == ChatCommand.kind(of: text))
    }

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
        guard case .memory(let operation, channel: "c")? = decode(text, verb).value else {
            return #expect(Bool(false), "nothing about memories")
        }
        #expect(operation.verb == verb)
        #expect(operation.text == rest)
        #expect(decode(text, verb).kind == verb.kind)
    }

    @Test("may forget what is another's only where an admin typed it")
    func admin() {
        #expect(decode("forget 1", admins: ["u"]).value?.words == "forget c u admin: 1")
        #expect(decode("forget 1", admins: ["other"]).value?.words == "forget c u: 1")
    }

    @Test(
        "is of a kind",
        arguments: [
            ("hello there", .chat), ("", .help), ("help", .help), ("help me", .chat), ("reset", .reset),
            ("persona", .persona), ("persona concise", .persona), ("model", .models), ("model x", .model),
            ("stop", .cancel), ("retry", .retry), ("usage", .usage), ("remember it", .remember),
            ("recall it", .recall), ("forget 1", .forget),
        ] as [(String, BusProtocol.Operation.Kind)])
    func kinds(text: String, kind: BusProtocol.Operation.Kind) {
        #expect(ChatCommand.kind(of: text) == kind)
        #expect(decode(text).kind == kind)
    }
}
