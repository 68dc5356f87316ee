import JSON
import LLMService
import LanguageModels
import Testing

@testable import BusProtocol

@Suite("A request with tools, and messages that are more than text")
struct ToolRequestTests {
    private static let tool = #"{"type":"function","function":{"name":"look"}}"#

    private func read(_ fields: String, bytes: Int = 300) -> DecodedRequest {
        let limits = RequestLimits(messageBytes: bytes, images: 2, imageBytes: 8, timeout: .seconds(300))
        let text = #"{"action":"complete",\#(fields)}"#
        return LLMRequest.decode(JSONObject(Array(text.utf8)), reply: nil, limits: limits)
    }

    private func messages(_ list: String) -> [ChatMessage]? {
        guard case .generate(.complete(.messages(let messages)))? = read(#""messages":[\#(list)]"#).value else {
            return nil
        }
        return messages
    }

    @Test("takes tools and a choice as they came")
    func tools() {
        let fields = #""message":"m","tools":[\#(Self.tool)],"tool_choice":{"type":"function"}"#
        guard let options = read(fields).generation else { return #expect(Bool(false)) }
        #expect(options.tools?.tools.text == "[\(Self.tool)]")
        #expect(options.tools?.choice?.text == #"{"type":"function"}"#)
        guard let none = read(#""message":"m","tools":[],"tool_choice":"auto""#).generation else {
            return #expect(Bool(false))
        }
        #expect(none.tools == nil)
    }

    @Test(
        "says what is wrong with them",
        arguments: [
            (#""tools":5"#, "tools: expected a list of tools, got 5"),
            (#""tools":[{}]"#, "tools[0]: expected an object with a function that has a name, got an object"),
            (
                #""tools":[\#(tool)],"tool_choice":"perhaps""#,
                #"tool_choice: expected none, auto, required or an object, got "perhaps""#
            ),
            (#""tool_choice":"required""#, "tool_choice: expected only with tools"),
        ])
    func wrong(fields: String, error: String) {
        #expect(read(#""message":"m",\#(fields)"#).failure?.message == error)
    }

    @Test("takes no more of them than of a message")
    func bounds() {
        let long = String(repeating: "x", count: 300)
        #expect(
            read(#""message":"m","tools":[{"function":{"name":"\#(long)"}}]"#).failure?.code == .tooLarge)
        let many = Array(repeating: Self.tool, count: 129).joined(separator: ",")
        #expect(read(#""message":"m","tools":[\#(many)]"#, bytes: 1 << 20).failure?.code == .tooLarge)
        let call = #"{"id":"1","function":{"name":"f","arguments":"\#(long)"}}"#
        #expect(
            read(#""messages":[{"role":"assistant","tool_calls":[\#(call)]}]"#).failure?.code == .tooLarge)
    }

    @Test("takes calls, results and pictures in their messages")
    func kinds() {
        let call = #"{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}"#
        #expect(
            messages(#"{"role":"assistant","content":null,"tool_calls":[\#(call)]}"#)
                == [ChatMessage(.assistant, "", toolCalls: [ToolCall(id: "1", name: "f", arguments: "{}")])])
        #expect(
            messages(#"{"role":"tool","content":"","tool_call_id":"1"}"#)
                == [ChatMessage(.tool, "", toolCallID: "1")])
        #expect(
            messages(#"{"role":"user","images":["/9j/AAAA"]}"#)
                == [ChatMessage(.user, "", images: [.data(mediaType: "image/jpeg", base64: "/9j/AAAA")])])
    }

    @Test(
        "says which message is wrong",
        arguments: [
            (#"{"role":"user","content":""}"#, "messages[0].content: expected a non-empty string, got an empty string"),
            (
                #"{"role":"assistant","tool_calls":[{}]}"#,
                "messages[0].tool_calls[0]: expected an object with a function of a name and arguments, got an object"
            ),
            (
                #"{"role":"user","images":["x"]}"#,
                "messages[0].images[0]: expected a data URL, base64 of a PNG, JPEG, GIF or WebP picture, or an http(s) URL, got a string"
            ),
        ])
    func wrongMessage(message: String, error: String) {
        #expect(read(#""messages":[\#(message)]"#).failure?.message == error)
    }

    @Test("takes what an answer gave to be sent back, and nothing else in its place")
    func providerFields() throws {
        let text = #"{"provider":"p","model":"m","fields":{"b":1.0,"a":2}}"#
        let given = String(
            decoding: JSONWriter.object { $0.field("provider_fields", text) }.dropFirst().dropLast(), as: UTF8.self)
        let call = #"{"id":"1","function":{"name":"f","arguments":"{}"},\#(given)}"#
        let own = try #require(ProviderFields(text: text))
        #expect(
            messages(#"{"role":"assistant","tool_calls":[\#(call)],\#(given)}"#) == [
                ChatMessage(
                    .assistant, "", toolCalls: [ToolCall(id: "1", name: "f", arguments: "{}", providerFields: own)],
                    providerFields: own)
            ])
        let wrong = #""provider_fields":"{}""#
        #expect(
            read(#""messages":[{"role":"assistant","content":"x",\#(wrong)}]"#).failure?.message
                == "messages[0].provider_fields: expected what an answer gave in it")
        #expect(
            read(
                #""messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"},\#(wrong)}]}]"#
            ).failure?.message == "messages[0].tool_calls[0].provider_fields: expected what an answer gave in it")
        let long = text.replacing("1.0", with: #""\#(String(repeating: "x", count: 300))""#)
        let longFields = String(
            decoding: JSONWriter.object { $0.field("provider_fields", long) }.dropFirst().dropLast(), as: UTF8.self)
        #expect(
            read(#""messages":[{"role":"assistant","content":"x",\#(longFields)}]"#).failure?.code == .tooLarge)
    }

    @Test("has no more pictures in all its messages than a request may have")
    func pictures() {
        let one = #"{"role":"user","images":["/9j/AAAA"]}"#
        #expect(messages("\(one),\(one)") != nil)
        #expect(read(#""messages":[\#(one),\#(one),\#(one)]"#).failure?.code == .tooLarge)
    }
}
