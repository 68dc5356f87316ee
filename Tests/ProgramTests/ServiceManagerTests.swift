import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// The unit as it is shipped, and what it relies on.
@Suite("Under systemd", .timeLimit(.minutes(2)))
struct ServiceManagerTests {
    @Test("tells when it is ready, reloading, alive and stopping", arguments: [false, true])
    func notifications(isAbstract: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "notify").path
            let name = isAbstract ? "@rosey-\(UUID().uuidString)" : path
            let socket = try NotifySocket(name)
            defer { socket.close() }
            let file = directory.appending(path: "config.json")
            try configuration().write(to: file, atomically: true, encoding: .utf8)
            try await withNATSServer { server in
                let child = try Child(
                    ["serve", "--config", file.path, "--nats", server.url],
                    environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"])
                defer { child.signal(SIGKILL) }
                try await socket.hears("READY=1\nSTATUS=Connected to \(server.url)")
                try await socket.hears("WATCHDOG=1")
                child.signal(SIGHUP)
                let reloading = try await socket.hears("RELOADING=1\nMONOTONIC_USEC=")
                let stamp = try #require(reloading.split(separator: "=").last.flatMap { Double($0) })
                #expect(abs(stamp / 1e6 - ProcessInfo.processInfo.systemUptime) < 60)
                try await socket.hears("READY=1\nSTATUS=The configuration was read again")
                child.signal(SIGTERM)
                try await socket.hears("STOPPING=1")
                #expect(try await child.ended().exit == 0)
            }
        }
    }

    @Test("starts all the same where NATS is away")
    func withoutNATS() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "notify").path
            let socket = try NotifySocket(path)
            defer { socket.close() }
            let nowhere = "nats://127.0.0.1:\(try RawServer.closedPort())"
            let child = try Child(["serve", "--nats", nowhere], environment: ["NOTIFY_SOCKET": path])
            defer { child.signal(SIGKILL) }
            try await socket.hears("READY=1\nSTATUS=Nothing can be asked yet")
        }
    }

    @Test("the gateway does so too")
    func gateway() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "notify").path
            let socket = try NotifySocket(path)
            defer { socket.close() }
            let file = directory.appending(path: "config.json")
            try configuration(#", "gateway": {"port": 0}"#).write(to: file, atomically: true, encoding: .utf8)
            try await withNATSServer { server in
                let child = try Child(
                    ["gateway", "--config", file.path, "--nats", server.url], environment: ["NOTIFY_SOCKET": path])
                defer { child.signal(SIGKILL) }
                try await socket.hears("READY=1\nSTATUS=Answering HTTP")
                child.signal(SIGTERM)
                try await socket.hears("STOPPING=1")
            }
        }
    }

    private static let analyze = "/usr/bin/systemd-analyze"
    private static let unit = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/rosey-llm.service").path

    @Test(
        "The unit exposes at most 1.1 of 10",
        .enabled(if: FileManager.default.isExecutableFile(atPath: analyze), "needs systemd-analyze"))
    func exposure() async throws {
        let analyze = URL(filePath: Self.analyze)
        let seen = try await Child(
            ["security", "--offline=yes", "--threshold=11", Self.unit], program: analyze
        ).ended()
        #expect(seen.exit == 0, "\(seen)")
        #expect(seen.out.contains("Overall exposure level"), "\(seen)")
    }
}

/// Where systemd would listen.
private final class NotifySocket: Sendable {
    private let descriptor: Int32
    private let heard: AsyncStream<String>

    /// - Parameter name: a path, or the name of an abstract socket after `@`.
    init(_ name: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(name.utf8)
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let outcome = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
        }
        guard outcome == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let (heard, tell) = AsyncStream.makeStream(of: String.self)
        self.heard = heard
        Thread.detachNewThread {
            while true {
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
                if count <= 0 { return tell.finish() }
                tell.yield(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
        }
    }

    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Waits for a message that begins so.
    @discardableResult
    func hears(_ beginning: String) async throws -> String {
        try await withTimeout(.seconds(30)) { [heard] in
            for await message in heard where message.hasPrefix(beginning) { return message }
            throw TimedOut()
        }
    }
}
