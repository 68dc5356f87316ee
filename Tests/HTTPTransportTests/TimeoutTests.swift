import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: timeouts", .timeLimit(.minutes(1)))
struct TimeoutTests {
    private static let short = Duration.milliseconds(60)

    /// Reads the request, sends `bytes`, and then nothing until the client closes.
    private static func stall(after bytes: String) -> RawServer.Script {
        { connection in
            guard connection.readRequest() != nil else { return }
            connection.send(bytes)
            connection.waitForClose()
        }
    }

    private func failure(_ timeouts: HTTPTimeouts, after bytes: String) async throws -> HTTPError? {
        try await RawServer.with(Self.stall(after: bytes)) { server in
            try await withClient { await $0.failure(HTTPRequest(.get, server.url, timeouts: timeouts)) }
        }
    }

    @Test("Nothing, or a head without a body", arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"])
    func firstByte(bytes: String) async throws {
        var timeouts = HTTPTimeouts.none
        timeouts.firstByte = Self.short
        let error = try await failure(timeouts, after: bytes)
        #expect(error?.code == .firstByteTimeout)
        #expect(error?.afterFirstByte == false)
    }

    @Test func idle() async throws {
        var timeouts = HTTPTimeouts.none
        timeouts.firstByte = .seconds(50)
        timeouts.idle = Self.short
        let error = try await failure(timeouts, after: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
        #expect(error?.code == .idleTimeout)
        #expect(error?.afterFirstByte == true)
    }

    @Test("In every phase", arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"])
    func total(bytes: String) async throws {
        var timeouts = HTTPTimeouts.none
        timeouts.total = Self.short
        #expect(try await failure(timeouts, after: bytes)?.code == .totalTimeout)
    }

    @Test("Bytes that keep coming do not help against the total")
    func totalOfDrip() async throws {
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            while connection.send("a") {}
        }
        try await RawServer.with(script) { server in
            var timeouts = HTTPTimeouts.none
            timeouts.total = Self.short
            timeouts.idle = .seconds(20)
            let error = try await withClient {
                await $0.failure(HTTPRequest(.get, server.url, timeouts: timeouts, maxResponseBytes: .max))
            }
            #expect(error?.code == .totalTimeout)
        }
    }

    @Test("A port that takes no connections")
    func connect() async throws {
        try await withFullPort { port in
            var timeouts = HTTPTimeouts.none
            timeouts.connect = Self.short
            let error = try await withClient {
                await $0.failure(HTTPRequest(.get, "http://127.0.0.1:\(port)/", timeouts: timeouts))
            }
            #expect(error?.code == .connectTimeout)
        }
    }

    @Test("A server that does not shake hands")
    func connectTLS() async throws {
        let script: RawServer.Script = { $0.waitForClose() }
        try await RawServer.with(script) { server in
            var timeouts = HTTPTimeouts.none
            timeouts.connect = Self.short
            let error = try await withClient {
                await $0.failure(HTTPRequest(.get, "https://127.0.0.1:\(server.port)/", timeouts: timeouts))
            }
            #expect(error?.code == .connectTimeout)
        }
    }

    @Test("Hundreds at once, each in its time")
    func many() async throws {
        try await RawServer.with(Self.stall(after: "")) { server in
            try await withClient { client in
                var timeouts = HTTPTimeouts.none
                timeouts.firstByte = Self.short
                let request = HTTPRequest(.get, server.url, timeouts: timeouts)
                let codes = await withTaskGroup(of: HTTPError.Code?.self) { group in
                    for _ in 0..<300 { group.addTask { await client.failure(request)?.code } }
                    return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
                }
                #expect(codes == [.firstByteTimeout: 300])
            }
        }
    }

    /// A listening socket whose queue is full: the kernel lets further connects wait.
    private func withFullPort(_ body: (Int) async throws -> Void) async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var fillers: [Int32] = []
        defer { for filler in fillers { close(filler) } }
        // The address lives on the stack during the calls, and the length is its own.
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length)
                listen(listener, 0)
                unsafe getsockname(listener, address, &length)
                for _ in 0..<4 {
                    let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                    unsafe Foundation.connect(filler, address, length)
                    fillers.append(filler)
                }
            }
        }
        try await body(Int(in_port_t(bigEndian: address.sin_port)))
    }
}
