import Foundation
import HTTPGateway
import LLMService
import LanguageModels
import Settings
import Testing

/// The README's examples are run as they stand there.
@Suite struct ExampleTests {
    @Test(.enabled(if: Python.nats != nil, "nats-py cannot be imported: deploy/test installs it into .build/python"))
    func thePluginInPython() async throws {
        let program = try Readme().block("example: ask.py")
        try await withService { _, url in
            let ended = try await Python.run(
                try #require(Python.nats), program: program, environment: ["NATS_URL": url])
            #expect(ended.status == 0, "\(ended.output)")
            let lines = ended.output.split(separator: "\n")
            #expect(lines.count == 2, "\(ended.output)")
            #expect(lines.first?.hasPrefix("Hello, alice!") == true, "\(ended.output)")
        }
    }

    @Test(.enabled(if: Python.agents != nil, "synadia-ai-agents cannot be imported: deploy/test installs it"))
    func theAgentInPython() async throws {
        let program = try Readme().block("example: agent.py")
        try await withService { _, url in
            let ended = try await Python.run(
                try #require(Python.agents), program: program, environment: ["NATS_URL": url])
            #expect(ended.status == 0, "\(ended.output)")
            #expect(ended.output.hasPrefix("Hello"), "\(ended.output)")
            #expect(ended.output.split(separator: "\n").count == 1, "\(ended.output)")
        }
    }

    @Test(.enabled(if: Python.openAI != nil, "openai cannot be imported: deploy/test installs it into .build/python"))
    func theOpenAIClient() async throws {
        let program = try Readme().block("example: openai.py")
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
            #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("Hello!") }, "\(ended.output)")
        }
    }

    @Test(arguments: ["Talking.swift", "ShoutingProvider.swift"])
    func whatIsCompiledHereIsWhatStandsThere(name: String) throws {
        #expect(try Readme().block("example: \(name)") == Readme.file("Tests/ReadmeTests/Examples/\(name)"))
    }

    @Test func theServiceAsALibrary() async throws {
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
