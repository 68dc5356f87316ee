import LanguageModels
import Testing

/// PROVIDERS.md, "SSE": what a stream of server-sent events may look like.
@Suite("A stream of server-sent events")
struct SSEFaultTests {
    static let answers: [Fault] = [
        .good("plain", Chunk.stream(Chunk.text("Hi"), Chunk.stop), "Hi"),
        .good(
            "comment before and between data",
            (": hello\n\n" + Chunk.event(Chunk.text("H")) + ": still here\n: and here\n"
                + Chunk.event(Chunk.text("i")) + ":\n" + Chunk.event(Chunk.stop) + ": bye\n\n"
                + Chunk.event("[DONE]")), "Hi"),
        .good("CRLF", lines(end: "\r\n"), "Hi"),
        .good("LF", lines(end: "\n"), "Hi"),
        .good("CR", lines(end: "\r"), "Hi"),
        .good(
            "CRLF and LF mixed",
            "data: \(Chunk.text("Hi"))\r\n\ndata: \(Chunk.stop)\n\r\ndata: [DONE]\r\r", "Hi"),
        .good(
            "UTF-8 of every length, escaped and not",
            Chunk.stream(Chunk.text("é€😀"), Chunk.text(#"\u00e9\ud83d\ude00"#), Chunk.stop), "é€😀é😀"),
        .good(
            "data: without the space",
            "data:\(Chunk.text("Hi"))\n\ndata:\(Chunk.stop)\n\ndata:[DONE]\n\n", "Hi"),
        .good(
            "several data lines in one event",
            ("data: {\"model\":\"m-1\",\"choices\":[{\"delta\":\ndata: {\"content\":\"Hi\"}\ndata:\ndata: }]}\n\n"
                + Chunk.event(Chunk.stop)), "Hi"),
        .good("BOM", "\u{FEFF}" + Chunk.stream(Chunk.text("Hi"), Chunk.stop), "Hi"),
        .good(
            "BOM and white space",
            "\u{FEFF}\n\n" + Chunk.stream(Chunk.text("Hi"), Chunk.stop), "Hi"),
        .good("two events in one read", Chunk.stream(Chunk.text("H"), Chunk.text("i"), Chunk.stop), "Hi"),
        .good(
            "data after [DONE]",
            Chunk.stream(Chunk.text("Hi"), Chunk.stop) + Chunk.stream(Chunk.text(" xyzzy"), "{broken"),
            "Hi"),
        .good("no [DONE]", (Chunk.event(Chunk.text("Hi")) + Chunk.event(Chunk.stop)), "Hi"),
        .good(
            "no [DONE], the end of the connection", (Chunk.event(Chunk.text("Hi")) + Chunk.event(Chunk.stop)),
            "Hi"
        ).withoutLength,
        .good(
            "no blank line after [DONE]", (Chunk.event(Chunk.text("Hi", reason: "stop")) + "data: [DONE]"), "Hi"),
        .good(
            "no blank line after the last chunk",
            (Chunk.event(Chunk.text("H")) + "data: \(Chunk.text("i", reason: "stop"))"), "Hi"),
        .good(
            "no blank line, one line end",
            (Chunk.event(Chunk.text("H")) + "data: \(Chunk.text("i", reason: "stop"))\n"), "Hi"
        ).withoutLength,
        .good("[DONE] without a finish_reason", Chunk.stream(Chunk.text("Hi")), "Hi"),
        .good("[DONE], and an empty finish_reason", Chunk.stream(Chunk.text("Hi", reason: "")), "Hi"),
        .good("[DONE] without the name of its field", Chunk.event(Chunk.text("Hi")) + "[DONE]\n\n", "Hi"),
        .good(
            "fields of no interest",
            ("id: 7\nretry: 10\nevent: message\ndatabase: x\neventually: x\ndata\n\n"
                + "event: ping\n\ndata: \n\ndata: null\n\n"
                + "event: chunk\n" + Chunk.event(Chunk.text("Hi")) + Chunk.event(Chunk.stop)), "Hi"),
    ]

    private static let full =
        #"{"code":400,"message":"the request exceeds the available context size, xyzzy","type":"invalid_request_error"}"#

    static let failures: [Fault] = [
        .bad(
            "no [DONE] and no finish_reason", Chunk.event(Chunk.text("Hi")), .unavailable, Sentence.brokeOff,
            after: "Hi"),
        .bad(
            "an empty finish_reason is none", Chunk.event(Chunk.text("Hi", reason: "")), .unavailable,
            Sentence.brokeOff, after: "Hi"),
        .bad(
            "thoughts, and [DONE]",
            Chunk.stream(#"{"choices":[{"delta":{"reasoning_content":"xyzzy"},"finish_reason":null}]}"#), .unavailable,
            Sentence.brokeOff),
        .bad("error: first", "error: \(full)\n\n" + Chunk.event("[DONE]"), .tooLong, Sentence.tooLong),
        .bad(
            "error: in the middle, no empty line, no space",
            Chunk.event(Chunk.text("Hi")) + "error:\(full)\n" + Chunk.event("[DONE]"), .tooLong, Sentence.tooLong,
            after: "Hi"),
        .bad(
            "error: last, no end of its line", Chunk.event(Chunk.text("")) + "error: \(full)", .tooLong,
            Sentence.tooLong),
        .bad(
            "error: that is no JSON", Chunk.event(Chunk.text("Hi")) + "error: xyzzy\n\n", .unavailable,
            Sentence.unavailable, after: "Hi"),
        .bad(
            "bare JSON", Chunk.event(Chunk.text("")) + #"{"error":\#(full)}"# + "\n" + Chunk.event("[DONE]"), .tooLong,
            Sentence.tooLong),
        .bad(
            "bare JSON after a chunk without its empty line",
            "data: \(Chunk.text("Hi"))\n" + #"{"error":\#(full)}"# + "\n\n", .tooLong, Sentence.tooLong, after: "Hi"),
        .bad("bare JSON first", #"{"error":\#(full)}"# + "\n\n" + Chunk.event("[DONE]"), .tooLong, Sentence.tooLong),
        .bad(
            "bare JSON in a list, over several lines",
            Chunk.event(Chunk.text("Hi")) + "[{\n  \"error\": {\n    \"code\": 429\n  }\n}\n]\n", .rateLimited,
            Sentence.slowDown, after: "Hi"),
        .bad("nothing but [DONE]", Chunk.stream(), .unavailable, Sentence.brokeOff),
        .bad(
            "half a chunk at the end, its finish_reason there and its text not",
            (Chunk.event(Chunk.text("H"))
                + #"data: {"choices":[{"finish_reason":"stop","delta":{"content":"xyzzy"#),
            .unavailable, Sentence.brokeOff, after: "H"
        ).withoutLength,
        .bad(
            "a line over 1 MiB",
            (Chunk.event(Chunk.text("H")) + "data: " + String(repeating: "xyzzy ", count: 200_000)),
            .badAnswer, Sentence.tooLarge, after: "H"),
        .bad(
            "an event over 1 MiB, of short lines",
            String(repeating: "data: xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy\n", count: 20_000),
            .badAnswer, Sentence.tooLarge),
        .bad(
            "a comment over 1 MiB", (":" + String(repeating: "xyzzy ", count: 200_000)), .badAnswer,
            Sentence.tooLarge),
        .bad(
            "event: error that says nothing", "event: error\ndata: xyzzy\n\n", .unavailable, Sentence.unavailable),
        .bad(
            "event: error in the middle",
            (Chunk.event(Chunk.text("Hi"))
                + "event: error\n" + Chunk.event(#"{"error":{"message":"xyzzy","code":"rate_limit_exceeded"}}"#)
                + Chunk.event(Chunk.stop)),
            .rateLimited, Sentence.slowDown, after: "Hi"),
        .bad(
            "event: error with a bare payload",
            "event: error\ndata: {\"message\":\"xyzzy\",\"type\":\"overloaded_error\"}\n\n", .unavailable,
            Sentence.unavailable),
        .bad(
            "no JSON in the middle",
            (Chunk.event(Chunk.text("Hi")) + "data: xyzzy\n\n" + Chunk.event(Chunk.stop)), .badAnswer,
            Sentence.notUnderstood, after: "Hi"),
        .bad(
            "not UTF-8 in the middle", Chunk.event(Chunk.text("Hi")) + Chunk.event(Chunk.text("MARK")), .badAnswer,
            Sentence.notUnderstood, after: "Hi"
        ).replacing("MARK", [0xC3, 0x28]),
    ]

    @Test("is an answer", arguments: answers, Delivery.allCases)
    func answer(fault: Fault, delivery: Delivery) async throws {
        for wire in [Wire.openAI, .openRouter] { try await fault.play(to: wire, delivery) }
    }

    @Test("is none", arguments: failures, Delivery.allCases)
    func failure(fault: Fault, delivery: Delivery) async throws {
        for wire in [Wire.openAI, .openRouter] { try await fault.play(to: wire, delivery) }
    }

    private static func lines(end: String) -> String {
        let lines = ["data: \(Chunk.text("H"))", "", "data: \(Chunk.text("i"))", "", "data: \(Chunk.stop)", ""]
        return (lines + ["data: [DONE]", ""]).map { $0 + end }.joined()
    }
}
