import Foundation
import GatewayCore
import HTTPGateway
import LLMService
import LanguageModels
import Settings
import Testing

/// The examples of the README and of the articles are run as they stand there.
@Suite struct ExampleTests {
    private static let compiled = ["Hello.swift", "ShoutingProvider.swift", "Talking.swift"]
    private static let overNATS = ["ask.py", "hello.py"]
    private static let overHTTP = ["openai-hello.py", "openai.py"]

    /// An example that none of these tests knows is one that nobody runs.
    @Test func everyExampleIsRun() throws {
        let known = Self.compiled + Self.overNATS + Self.overHTTP + ["agent.py"]
        #expect(try Documentation().names(of: "example").sorted() == known.sorted())
    }

    @Test(
        .enabled(if: Python.nats != nil, "nats-py cannot be imported: deploy/test installs it into .build/python"),
        arguments: zip(overNATS, [2, 1]))
    func aPluginInPython(name: String, answers: Int) async throws {
        let program = try Documentation().block("example: \(name)")
        try await withService { _, url in
            let ended = try await Python.run(
                try #require(Python.nats), program: program, environment: ["NATS_URL": url])
            #expect(ended.status == 0, "\(ended.output)")
            let lines = ended.output.split(separator: "\n")
            #expect(lines.count == answers, "\(ended.output)")
            #expect(lines.first?.hasPrefix("Hello, alice!") == true, "\(ended.output)")
        }
    }

    @Test(.enabled(if: Python.agents != nil, "synadia-ai-agents cannot be imported: deploy/test installs it"))
    func theAgentInPython() async throws {
        let program = try Documentation().block("example: agent.py")
        try await withService { _, url in
            let ended = try await Python.run(
                try #require(Python.agents), program: program, environment: ["NATS_URL": url])
            #expect(ended.status == 0, "\(ended.output)")
            #expect(ended.output.hasPrefix("Hello"), "\(ended.output)")
            #expect(ended.output.split(separator: "\n").count == 1, "\(ended.output)")
        }
    }

    @Test(
        .enabled(if: Python.openAI != nil, "openai cannot be imported: deploy/test installs it into .build/python"),
        arguments: zip(overHTTP, [1, 2]))
    func anOpenAIClient(name: String, answers: Int) async throws {
        let program = try Documentation().block("example: \(name)")
        try await withService { connection, _ in
            let gateway = try HTTPGateway.start(GatewaySettings().with { $0.port = 0 }, on: connection)
            async let running: Void = gateway.run()
            let ended = try await Python.run(
                try #require(Python.openAI), program: program,
                environment: ["OPENAI_BASE_URL": "http://127.0.0.1:\(gateway.port)/v1"])
            await gateway.stop()
            await running
            #expect(ended.status == 0, "\(ended.output)")
            let lines = ended.output.split(separator: "\n")
            #expect(lines.count == answers && lines.allSatisfy { $0.hasPrefix("Hello!") }, "\(ended.output)")
        }
    }

    @Test(arguments: compiled)
    func whatIsCompiledHereIsWhatStandsThere(name: String) throws {
        let example = try Documentation.file("Tests/DocumentationTests/Examples/\(name)")
        #expect(try Documentation().block("example: \(name)") == example)
    }

    @Test func theServiceAsALibrary() async throws {
        #expect(try await !hello().isEmpty)
        #expect(try await !talk(to: ScriptedProvider()).isEmpty)
    }

    @Test func aProviderOfOnesOwn() async throws {
        #expect(try await talk(to: ShoutingProvider()) == "I FEEL SAD TODAY.!")
        let service = LLMService(provider: ShoutingProvider())
        await #expect(throws: LLMError.self) {
            try await service.complete("x", options: RequestOptions(model: "whisper"))
        }
    }
}
