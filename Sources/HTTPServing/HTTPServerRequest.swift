package import FoundationEssentials

/// A request that was received whole.
package struct HTTPServerRequest: Sendable {
    /// As sent: `GET`, `POST`, …
    package let method: String
    /// Without the query, percent-decoded.
    package let path: String
    /// The query's names and values in order, percent-decoded.
    package let query: [(name: String, value: String)]
    /// The header fields in order.
    package let headers: [(name: String, value: String)]
    /// The whole body; empty where there is none.
    package internal(set) var body: Data
    /// The client's address in numbers.
    package let peer: String

    /// Nil for one that no server has received.
    var exchange: Exchange?

    /// A request; one that no server has received is for tests of handlers.
    package init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: Data = Data(), peer: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The first header of that name, without regard to case.
    package func header(_ name: String) -> String? {
        let name = name.utf8
        return headers.first { Self.isSame($0.name.utf8, name) }?.value
    }

    /// Whether two names of header fields, which are ASCII, are the same.
    static func isSame(_ one: String.UTF8View, _ other: String.UTF8View) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Returns when the client has gone or the answer is through, or when the task is cancelled.
    ///
    /// A handler need not wait for it: its task is cancelled when the client goes.
    package func closed() async { await exchange?.closed() }
}
