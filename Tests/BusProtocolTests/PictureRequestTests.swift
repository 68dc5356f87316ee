import JSON
import LLMService
import LanguageModels
import Testing

@testable import BusProtocol

@Suite("A request with pictures or for a format")
struct PictureRequestTests {
    /// Eight bytes of base64, six of a picture.
    private static let png = "iVBORw0KGgo="

    private func read(_ action: String, _ fields: String) -> DecodedRequest {
        let limits = RequestLimits(messageBytes: 200, images: 3, imageBytes: 8, timeout: .seconds(300))
        let text = #"{"action":"\#(action)","channel_id":"c","message":"m",\#(fields)}"#
        return LLMRequest.decode(JSONObject(Array(text.utf8)), reply: nil, limits: limits)
    }

    private func options(_ fields: String, action: String = "chat") -> RequestOptions? {
        read(action, fields).generation
    }

    @Test("takes data URLs, plain base64 and addresses", arguments: ["chat", "complete"])
    func images(action: String) {
        let images = options(
            #""images":["data:image/png;base64,\#(Self.png)","/9j/AAAA","https://example.org/a.png"]"#, action: action
        )?.images
        #expect(
            images == [
                .data(mediaType: "image/png", base64: Self.png), .data(mediaType: "image/jpeg", base64: "/9j/AAAA"),
                .url("https://example.org/a.png"),
            ])
        #expect(options(#""images":null"#, action: action)?.images == [])
        #expect(options(#""images":[]"#, action: action)?.images == [])
    }

    @Test(
        "with what is no picture says which, and shows none of it",
        arguments: [
            (#""images":"SECRET""#, "images: expected a list of strings, got a string"),
            (
                #""images":["\#(png)","/9j/AAAA","SECRET"]"#,
                "images[2]: expected a data URL, base64 of a PNG, JPEG, GIF or WebP picture, or an http(s) URL, got a string"
            ),
            (
                #""images":[7]"#,
                "images[0]: expected a data URL, base64 of a PNG, JPEG, GIF or WebP picture, or an http(s) URL, got a number"
            ),
            (
                #""images":["ftp://SECRET/a.png"]"#,
                "images[0]: expected a data URL, base64 of a PNG, JPEG, GIF or WebP picture, or an http(s) URL, got a string"
            ),
        ])
    func faults(fields: String, fault: String) {
        let error = read("chat", fields).failure
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == fault)
    }

    @Test("is bounded in pictures and in bytes, to the byte")
    func bounds() {
        let four = read("chat", #""images":["/9j/AAAA","/9j/AAAA","/9j/AAAA","/9j/AAAA"]"#).failure
        #expect(four?.code == .tooLarge)
        #expect(four?.message == "images: expected at most 3 pictures, got 4")
        // Twelve characters of base64 are seven, eight or nine bytes.
        #expect(options(#""images":["/9j/AAAAAAA="]"#)?.images.count == 1)
        let large = read("chat", #""images":["/9j/AAAAAAAA"]"#).failure
        #expect(large?.code == .tooLarge)
        #expect(large?.message == "images[0]: expected at most 8 bytes, got 9")
        #expect(options(#""images":["/9j/AAAA","/9j/AAAA","/9j/AAAA"]"#)?.images.count == 3)
    }

    @Test(
        "understands the ways to ask for JSON",
        arguments: [
            (#""json""#, nil), (#"{"type":"json_object"}"#, nil),
            (
                #"{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}"#,
                #"{"type":"object"}"#
            ),
            (#"{"type":"object","properties":{"a":{"type":"string"}}}"#, nil as String?),
            (#"{"anyOf":[{"type":"string"}]}"#, nil), (#"{"type":["string","null"]}"#, nil),
        ])
    func formats(json: String, schema: String?) {
        let format = options(#""response_format":\#(json)"#)?.format
        #expect(format != nil)
        let isBare = !json.hasPrefix(#""json"#) && !json.contains("json_")
        let expected = schema ?? (isBare ? json : nil)
        #expect(format?.schema?.source.text == expected)
        #expect(options(#""response_format":\#(json)"#, action: "complete")?.format == format)
    }

    @Test("asks for no format where it says nothing")
    func noFormat() {
        #expect(options(#""response_format":null"#) != nil)
        #expect(options(#""response_format":null"#)?.format == nil)
    }

    @Test(
        "with a format that is none says what was wrong",
        arguments: [
            (#""xml""#, #"response_format: expected "json" or a JSON Schema object, got "xml""#),
            ("7", #"response_format: expected "json" or a JSON Schema object, got 7"#),
            ("true", #"response_format: expected "json" or a JSON Schema object, got true"#),
            ("[]", #"response_format: expected "json" or a JSON Schema object, got an empty list"#),
            ("{}", #"response_format: expected "json" or a JSON Schema object, got an object"#),
            (#"{"type":"text"}"#, #"response_format: expected "json" or a JSON Schema object, got an object"#),
            (#"{"type":[]}"#, #"response_format: expected "json" or a JSON Schema object, got an object"#),
            (#"{"type":"json_schema"}"#, "response_format.json_schema: expected an object, got nothing"),
            (
                #"{"type":"json_schema","json_schema":{"schema":7}}"#,
                "response_format.json_schema.schema: expected a JSON Schema object, got 7"
            ),
        ])
    func formatFaults(json: String, fault: String) {
        let error = read("chat", #""response_format":\#(json)"#).failure
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == fault)
    }

    @Test("is bounded in its schema")
    func schemaSize() {
        let long = String(repeating: "x", count: 200)
        let error = read("chat", #""response_format":{"type":"object","title":"\#(long)"}"#).failure
        #expect(error?.code == .tooLarge)
        #expect(error?.message.hasPrefix("response_format: expected a schema of at most 200 bytes") == true)
    }
}
