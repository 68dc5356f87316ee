package import HTTPServing
package import ServiceRuntime

/// The keys that admit clients.
package struct BearerKeys: Sendable {
    /// The name of a client if there are no keys, or if it sent none of them.
    private static let nobody = "gateway"
    private let keys: [[UInt8]]
    private let names: [String]

    /// Creates the check; without keys, everybody is let in.
    package init(_ keys: [Secret]) {
        self.keys = keys.map { Array($0.revealed.utf8) }
        names = self.keys.map { "\(Self.nobody)-\(SHA256.hexadecimal($0).prefix(8))" }
    }

    /// The name that a request goes by in the service's limits and statistics, by its key: `gateway-` and the first eight
    /// digits of the key's SHA-256.
    package func name(of request: HTTPServerRequest) -> String {
        guard let token = Self.token(request) else { return Self.nobody }
        var name = Self.nobody
        for (key, known) in zip(keys, names) where Self.isSame(token, key) { name = known }
        return name
    }

    /// Lets in who has one of them, or everybody where there are none.
    package func check(_ request: HTTPServerRequest) throws(APIError) {
        if keys.isEmpty { return }
        guard let token = Self.token(request) else {
            throw Self.refusal("No API key was given: send it in the header Authorization: Bearer KEY.")
        }
        guard place(of: token) != nil else { throw Self.refusal("Incorrect API key.") }
    }

    /// Whether a request shows a key, known or not.
    package func holds(_ request: HTTPServerRequest) -> Bool { Self.token(request) != nil }

    /// Whether there are none.
    package var isEmpty: Bool { keys.isEmpty }

    /// Which of them it is; nil for none.
    package func place(of token: [UInt8]) -> Int? {
        // All of them, whichever it is: how long it takes tells nothing.
        var place: Int?
        for (index, key) in keys.enumerated() where Self.isSame(token, key) { place = index }
        return place
    }

    private static func token(_ request: HTTPServerRequest) -> [UInt8]? {
        guard let header = request.header("Authorization") else { return nil }
        let scheme = "bearer "
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.count).lowercased() == scheme else {
            return nil
        }
        return Array(header.utf8.dropFirst(scheme.utf8.count).drop { $0 == 0x20 })
    }

    /// Takes as long for a key that differs at its beginning as for one that differs at its end, or in its length.
    static func isSame(_ given: [UInt8], _ key: [UInt8]) -> Bool {
        guard !key.isEmpty else { return false }
        var difference = given.count ^ key.count
        for (index, byte) in given.enumerated() { difference |= Int(byte ^ key[index % key.count]) }
        return difference == 0
    }

    private static func refusal(_ message: String) -> APIError {
        APIError(401, message, code: "invalid_api_key", headers: [("WWW-Authenticate", "Bearer")])
    }
}
