package import FoundationEssentials

/// A whole answer, of any status.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: Data

    package init(status: Int, headers: HTTPHeaders, body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The header fields of an answer; names are matched without regard to case. They are read when somebody asks: of a good
/// answer nobody does.
package struct HTTPHeaders: Sendable {
    private let lines: [UInt8]
    private var added: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) {
        lines = []
        added = fields
    }

    /// From the lines of a head as they came, each with its end.
    init(lines: [UInt8]) {
        self.lines = lines
        added = []
    }

    /// All fields, in the order they came.
    package var fields: [(name: String, value: String)] { Self.fields(of: lines) + added }

    /// The value of the last field of that name.
    package subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.last { $0.name.lowercased() == name }?.value
    }
}
