import HTTPTransport
import Testing

@testable import LanguageModels

/// What a socket delivers in one read is the network's affair; here it is the test's.
@Suite("An answer is the same however it is cut")
struct SplitFaultTests {
    private static let eventFaults: [Fault] =
        (SSEFaultTests.answers + SSEFaultTests.failures + OpenAIFaultTests.answers
        + OpenAIFaultTests.failures + OpenRouterFaultTests.failures).filter(isShort)
    private static let lineFaults: [Fault] = (OllamaFaultTests.answers + OllamaFaultTests.failures).filter(isShort)

    private static func isShort(_ fault: Fault) -> Bool { fault.status == "200 OK" && fault.body.count < 4096 }

    private let endpoint = ProviderEndpoint(
        name: "openrouter", base: "http://127.0.0.1:9", timeouts: HTTPTimeouts(), client: .shared)

    @Test("of events", arguments: eventFaults)
    func events(fault: Fault) {
        let reader = ChatCompletionsReader(endpoint: endpoint, model: "anthropic/claude-3-sonnet")
        check(fault) { ChatCompletionsStream(reader: reader, status: 200, headers: HTTPHeaders()) }
    }

    @Test("of lines", arguments: lineFaults)
    func lines(fault: Fault) {
        let reader = OllamaReader(endpoint: endpoint, model: "llama3.2")
        check(fault) { OllamaStream(reader: reader, status: 200, headers: HTTPHeaders()) }
    }

    /// Whole, byte by byte, and in two at every place.
    private func check(_ fault: Fault, _ make: () -> some AnswerAssembler) {
        let body = fault.body
        var ways = [[body], body.map { [$0] }]
        ways += body.indices.dropFirst().map { [Array(body[..<$0]), Array(body[$0...])] }
        for pieces in ways {
            let assembler = make()
            var text = ""
            for piece in pieces where !piece.isEmpty && !assembler.isOver {
                text += assembler.feed(piece)
            }
            let isAsExpected: Bool
            do throws(ProviderError) {
                let answer = try assembler.finish(nil).untimed
                text = String(Substring(text.utf8.dropFirst(assembler.retractedBytes)))
                guard case .answer(let expected) = fault.expected else { isAsExpected = false; continue }
                isAsExpected = answer == expected && answer.content.hasPrefix(text)
            } catch {
                guard case .failure(let expected, let handedOut) = fault.expected else {
                    isAsExpected = false; continue
                }
                isAsExpected = error.code == expected.code && text == handedOut
            }
            #expect(isAsExpected, "\(fault.name), in \(pieces.count) pieces, the first of \(pieces[0].count) bytes")
            if !isAsExpected { return }
        }
    }
}
