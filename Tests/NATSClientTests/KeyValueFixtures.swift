import NATSClient
import TestSupport
import Testing

extension NATSKeyValueOptions {
    static let test = NATSKeyValueOptions(bucket: "test")
}

/// Runs the body with a server that has JetStream, a connection and an empty bucket.
func withBucket<Value>(
    _ body: (NATSTestServer, NATSConnection, NATSKeyValue) async throws -> Value
) async throws -> Value {
    try await withNATSServer(jetStream: true) { server in
        try await withConnection(options(server.url)) { connection in
            try await body(server, connection, connection.keyValue(.test))
        }
    }
}

/// Runs the body, which must throw that.
func expect(
    _ code: NATSError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    let error = await #expect(throws: NATSError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}

extension NATSKeyValue {
    /// Adds a line to a key's text, as often as it takes.
    func append(_ line: String, to key: String) async throws {
        while true {
            do throws(NATSError) {
                if let entry = try await get(key) {
                    try await update(key, entry.value + Array("\(line)\n".utf8), revision: entry.revision)
                } else {
                    try await create(key, Array("\(line)\n".utf8))
                }
                return
            } catch {
                guard error.code == .wrongRevision else { throw error }
            }
        }
    }

    func text(_ key: String) async throws -> String? {
        try await get(key).map { String(decoding: $0.value, as: UTF8.self) }
    }
}
