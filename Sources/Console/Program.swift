import Concurrency
import Configuration
import FoundationEssentials
import Glibc
import LLMService
import Observability
import ServiceRuntime
import TraceExport

/// The program, from its command line to its exit code.
package enum Program {
    /// Does what the command line of this process asks for.
    ///
    /// - Returns: the exit code: 0, or one of ``CommandFailure/Code``.
    package static func run() async -> Int32 {
        // A pipe that nobody reads any more is an error of one write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let environment = ProcessInfo.processInfo.environment
        let terminal = Terminal(environment: environment)
        do throws(CommandFailure) {
            try await run(Array(ProcessInfo.processInfo.arguments.dropFirst()), environment, terminal)
            return 0
        } catch {
            terminal.complain(error.description)
            return error.code.rawValue
        }
    }

    private static func run(
        _ arguments: [String], _ environment: [String: String], _ terminal: Terminal
    ) async throws(CommandFailure) {
        let invocation: Invocation
        do throws(UsageError) {
            invocation = try Arguments.parse(
                arguments, environment: environment, version: Version.current,
                hasInput: !StandardInput.isTerminal)
        } catch {
            throw CommandFailure(.usage, error.description)
        }
        if case .print(let text) = invocation.command { return StandardOutput.write(text) }

        let source = ConfigurationSource(invocation, environment)
        let loaded = try source.load()
        let (configuration, choosesProvider) = (loaded.configuration, loaded.choosesProvider)
        var warnings = loaded.warnings
        let name = invocation.command == .gateway ? "rosey-llm-gateway" : "rosey-llm"
        let (spans, doubts) = ExportSettings.read(environment, service: (name, Version.current))
        // The others send none.
        if [.check, .serve, .gateway].contains(invocation.command) {
            warnings += doubts
        } else {
            for warning in warnings { terminal.complain("warning: \(warning)") }
        }
        let provider = choosesProvider ? nil : invocation.overrides.provider
        switch invocation.command {
        case .serve:
            let log = log(configuration, warnings)
            try await ServeCommand(
                source: source, loaded: loaded, embedsNATS: invocation.embedsNATS, log: log, spans: spans,
                manager: ServiceManager(environment)
            ).run()
        case .gateway:
            let log = log(configuration, warnings)
            try await GatewayCommand(
                source: source, configuration: configuration, log: log, spans: spans,
                manager: ServiceManager(environment)
            ).run()
        case .chat(let channel, let user):
            try await TerminalChat(
                room: TerminalRoom(channel: channel, user: user, provider: provider), terminal: terminal,
                historyPath: ChatHistory.path(environment)
            ).run(configuration)
        case .ask(let question, let readsInput, let model, let timeout):
            try await AskCommand(
                question: question, readsInput: readsInput, model: model, provider: provider,
                timeout: timeout ?? configuration.service.requestTimeout, terminal: terminal
            ).run(configuration)
        case .check:
            try await CheckCommand(
                terminal: terminal, isQuiet: invocation.isQuiet, sources: source.description, warnings: warnings,
                anyProviderWillDo: choosesProvider
            ).run(configuration)
        case .models:
            try await ModelsCommand(provider: provider, terminal: terminal).run(configuration)
        case .bench(let concurrency, let duration):
            try await BenchCommand(
                concurrency: concurrency, seconds: duration.seconds, provider: provider, terminal: terminal
            ).run(configuration)
        case .export:
            try await ExportCommand(terminal: terminal).run(configuration)
        case .import(let path):
            try await ImportCommand(path: path, terminal: terminal).run(configuration)
        case .wipe(let channel):
            try await WipeCommand(channel: channel, terminal: terminal).run(configuration)
        case .print:
            break
        }
    }

    /// The log of a command that stays, with what is odd in its first lines.
    private static func log(_ configuration: Configuration, _ warnings: [String]) -> Log {
        let log = Log(level: configuration.logLevel, format: configuration.logFormat)
        for warning in warnings { log.warning("The configuration has a questionable value", [.reason: warning]) }
        return log
    }
}

/// The version of this program.
package enum Version {
    /// Semantic version.
    package static let current = "0.1.0"
}
