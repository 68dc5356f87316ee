import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite struct ManyChatsTests {
    /// Answers `re: ` and the question; says so when the prompt is not what it must be.
    private static func script(_ request: CompletionRequest) async -> PuppetProvider.Reply {
        for _ in 0..<(request.messages.count % 5) { await Task.yield() }
        let spoken = request.messages.dropFirst()
        var expected = ChatMessage.Role.user
        for (index, message) in spoken.enumerated() {
            let previous = index > 0 ? spoken[spoken.startIndex + index - 1].content : ""
            guard message.role == expected, expected == .user || message.content == "re: \(previous)" else {
                return .failure(ProviderError(.badAnswer, "a broken prompt"))
            }
            expected = expected == .user ? .assistant : .user
        }
        return .success(Completion("re: \(spoken.last?.content ?? "")", model: "m"))
    }

    @Test func aThousandOverFiftyChannelsInOrder() async throws {
        let settings = ServiceSettings(maxContextMessages: 100, queue: QueueLimits(running: 16))
        let bench = Bench(PuppetProvider(script: Self.script), settings: settings)
        let pending = try (0..<1_000).map { number in
            try bench.chat("\(number / 50)", "channel \(number % 50)")
        }
        for (number, pending) in pending.enumerated() {
            #expect(try await pending.told() == "re: \(number / 50)")
        }
        for channel in 0..<50 {
            #expect(await bench.turns("channel \(channel)") == (0..<20).map { "\($0) | re: \($0)" })
        }
        #expect(bench.service.load == (0, 0))
        #expect(bench.provider.requests.count == 1_000)
    }

    @Test func aThousandAtOnceAFailureHereAndACancelThere() async throws {
        let settings = ServiceSettings(maxContextMessages: 100, queue: QueueLimits(running: 16))
        let provider = PuppetProvider { request in
            let reply = await Self.script(request)
            let fails = request.messages.last?.content.hasSuffix("3") == true
            return fails ? .failure(ProviderError(.unavailable, "away")) : reply
        }
        let bench = Bench(provider, settings: settings)
        let told = try await within {
            await withTaskGroup(of: (Int, String).self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let options = RequestOptions(requestID: "r\(number)")
                        let told = try? await bench.service.told(
                            "\(number)", channel: "channel \(number % 50)", options: options)
                        return (number, told ?? "never came")
                    }
                    if number.isMultiple(of: 7) {
                        group.addTask {
                            _ = bench.service.cancel(requestID: "r\(number - 7)")
                            return (-1, "")
                        }
                    }
                }
                var told: [Int: String] = [:]
                for await (number, text) in group where number >= 0 { told[number] = text }
                return told
            }
        }
        #expect(told.count == 1_000)
        #expect(bench.service.load == (0, 0))
        for channel in 0..<50 {
            let numbers = (0..<1_000).filter { $0 % 50 == channel }
            let answered = numbers.filter { told[$0] == "re: \($0)" }
            // Whoever was answered is in the conversation, once, and nobody else.
            let turns = await bench.turns("channel \(channel)")
            #expect(Set(turns) == Set(answered.map { "\($0) | re: \($0)" }))
            #expect(turns.count == answered.count)
            for number in numbers where !answered.contains(number) {
                let mayBeCancelled = number.isMultiple(of: 7)
                let expected = number % 10 == 3 ? ["provider_unavailable: away"] : []
                #expect((expected + (mayBeCancelled ? [Told.cancelled] : [])).contains(told[number] ?? ""))
            }
        }
    }
}
