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

/// The header fields of an answer; names are matched without regard to case.
package struct HTTPHeaders: Sendable {
    package private(set) var fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// Adds a field as it came.
    package mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    /// The value of the last field of that name.
    package subscript(name: String) -> String? {
        fields.last { $0.name.count == name.count && $0.name.lowercased() == name.lowercased() }?.value
    }
}
