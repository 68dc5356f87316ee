@testable import HTTPServing
import Testing

@Suite struct MessageFramingTests {
    typealias Fields = [(name: String, value: String)]

    @Test(
        arguments: [
            ([("Host", "x")], MessageFraming.none), ([], MessageFraming.none),
            ([("content-LENGTH", "5"), ("host", "x")], .length(5)), ([("Content-Length", "0")], MessageFraming.none),
            ([("Transfer-Encoding", "Chunked")], .chunked),
        ] as [(Fields, MessageFraming)])
    func clear(headers: Fields, framing: MessageFraming) {
        #expect(MessageFraming(headers, version: "HTTP/1.1") == framing)
    }

    @Test(
        arguments: [
            [("Host", "x"), ("HOST", "x")], [("Content-Length", "5"), ("content-length", "3")],
            [("Content-Length", "5"), ("Content-Length", "5")], [("Content-Length", "5, 5")], [("Content-Length", "")],
            [("Content-Length", "+5")], [("Content-Length", "-5")], [("Content-Length", "5 ")],
            [("Content-Length", "0x5")],
            [("Content-Length", "99999999999999999999")], [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
            [("Transfer-Encoding", "gzip, chunked")], [("Transfer-Encoding", "chunked, chunked")],
            [("Transfer-Encoding", "identity")], [("Transfer-Encoding", "chunked ")], [("Transfer-Encoding", "")],
            [("Transfer-Encoding", "chunked"), ("transfer-encoding", "chunked")],
        ] as [Fields])
    func unclear(headers: Fields) {
        #expect(MessageFraming(headers, version: "HTTP/1.1") == nil)
    }

    @Test("HTTP/1.0 knows no chunks")
    func oldVersion() {
        #expect(MessageFraming([("Transfer-Encoding", "chunked")], version: "HTTP/1.0") == nil)
        #expect(MessageFraming([("Content-Length", "5")], version: "HTTP/1.0") == .length(5))
    }
}
