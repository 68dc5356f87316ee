import Configuration
import Settings

extension Words {
    /// What the words ask for.
    /// - Parameter hasInput: whether standard input is no terminal.
    func invocation(environment: [String: String], hasInput: Bool) throws(UsageError) -> Invocation {
        var invocation = Invocation(try wanted(environment: environment, hasInput: hasInput))
        invocation.configurationFile = self[.config] ?? invocation.configurationFile
        invocation.isConfigurationExplicit = self[.config] != nil
        invocation.embedsNATS = self[.embeddedNATS] != nil
        invocation.isQuiet = self[.quiet] != nil
        invocation.overrides.natsURL = self[.nats]
        invocation.overrides.provider = self[.provider]
        invocation.overrides.logLevel = try choice(.logLevel)
        invocation.overrides.logFormat = try choice(.logFormat)
        if self[.nats] != nil, self[.embeddedNATS] != nil {
            throw UsageError(
                "--nats and --embedded-nats contradict each other: one server or the other", command: command)
        }
        return invocation
    }

    private func wanted(environment: [String: String], hasInput: Bool) throws(UsageError) -> Invocation.Command {
        switch name {
        case .serve: return .serve
        case .gateway: return .gateway
        case .check: return .check
        case .models: return .models
        case .export: return .export
        case .import: return .import(path: try only("a file: rosey-llm import backup.jsonl"))
        case .wipe: return .wipe(channel: try only("a channel: rosey-llm wipe lobby"))
        case .help: return .print(HelpText.of(try topic()))
        case .chat:
            let user = environment["USER"].flatMap { $0.isEmpty ? nil : $0 }
            return .chat(channel: self[.channel] ?? "terminal", user: self[.user] ?? user ?? "User")
        case .ask:
            let question = text.joined(separator: " ")
            let readsInput = namesInput || hasInput
            if !readsInput, question.allSatisfy(\.isWhitespace) { throw .noQuestion }
            return .ask(
                question: question, readsInput: readsInput, model: self[.model], timeout: try seconds(.timeout))
        case .bench:
            return .bench(
                concurrency: try count(.concurrency) ?? 64, duration: try seconds(.seconds) ?? .seconds(5))
        }
    }

    /// The one word that the command needs.
    private func only(_ need: String) throws(UsageError) -> String {
        guard text.count == 1, let word = text.first, !word.isEmpty else {
            throw UsageError("\(name.rawValue) needs \(need)", command: name)
        }
        return word
    }

    private func topic() throws(UsageError) -> CommandName? {
        guard let word = text.first else { return nil }
        guard let topic = CommandName(rawValue: word) else {
            throw UsageError(
                "unknown command \"\(word)\"\(Self.hint(word, CommandName.allCases.map(\.rawValue)))")
        }
        return topic
    }

    private func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ option: Option
    ) throws(UsageError) -> Value? {
        guard let word = self[option] else { return nil }
        if let value = Value(rawValue: word) { return value }
        let hint = Self.hint(word, Value.allCases.map(\.rawValue))
        throw wrong(option, expected: Section.alternatives(Value.self), hint: hint)
    }

    private func seconds(_ option: Option) throws(UsageError) -> Duration? {
        guard let word = self[option] else { return nil }
        guard let seconds = Double(word), seconds > 0, seconds <= 86_400 else {
            throw wrong(option, expected: "seconds, above 0 and at most 86400")
        }
        return .seconds(seconds)
    }

    private func count(_ option: Option) throws(UsageError) -> Int? {
        guard let word = self[option] else { return nil }
        guard let count = Int(word), (1...100_000).contains(count) else {
            throw wrong(option, expected: "a whole number from 1 to 100000")
        }
        return count
    }

    private func wrong(_ option: Option, expected: String, hint: String = "") -> UsageError {
        UsageError("\(option.flag): expected \(expected), got \"\(self[option] ?? "")\"\(hint)", command: command)
    }
}
