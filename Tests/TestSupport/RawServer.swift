internal import Foundation
internal import Synchronization

/// A server on the loopback that sends whatever a script says, also what no HTTP library would: a thread for each
/// connection runs the script; the connection is closed when the script returns.
package final class RawServer: Sendable {
    package typealias Script = @Sendable (RawServerConnection) -> Void

    private struct State {
        var connections: [Int: RawServerConnection] = [:]
        var accepted = 0
        var isStopped = false
    }

    package let port: Int
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())
    private let threads = DispatchGroup()

    package var url: String { "http://127.0.0.1:\(port)" }

    /// How many connections were accepted.
    package var accepted: Int { state.withLock { $0.accepted } }

    private init(listener: Int32, port: Int, script: @escaping Script) {
        self.listener = listener
        self.port = port
        self.script = script
    }

    /// Runs the body with a server, which is gone afterwards, with its connections and threads.
    package static func with<Value>(
        _ script: @escaping Script, _ body: (RawServer) async throws -> Value
    ) async throws -> Value {
        let (listener, port) = try listen()
        let server = RawServer(listener: listener, port: port, script: script)
        server.start { server.accept() }
        do {
            let value = try await body(server)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    /// A port on which nobody listens (bound once, and closed).
    package static func closedPort() throws -> Int {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    private func stop() async {
        state.withLock { state in
            state.isStopped = true
            // Within the lock: one that is no longer in the table may be closed, and its descriptor be another test's.
            for connection in state.connections.values { connection.interrupt() }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        await withCheckedContinuation { waiter in threads.notify(queue: .global()) { waiter.resume() } }
        close(listener)
    }

    private func start(_ work: @escaping @Sendable () -> Void) {
        threads.enter()
        Thread.detachNewThread { [threads] in
            work()
            threads.leave()
        }
    }

    private func accept() {
        while true {
            let descriptor = Foundation.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            let connection: RawServerConnection? = state.withLock { state in
                guard !state.isStopped else { return nil }
                let connection = RawServerConnection(number: state.accepted, descriptor: descriptor)
                state.connections[state.accepted] = connection
                state.accepted += 1
                return connection
            }
            guard let connection else {
                close(descriptor)
                return
            }
            start {
                self.script(connection)
                // Out of the table first: nobody must interrupt a descriptor that is closed.
                self.state.withLock { $0.connections[connection.number] = nil }
                connection.close()
            }
        }
    }

    private static func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The address lives on the stack during the calls, and the length is its own.
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, length) == 0 && Foundation.listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        return (listener, Int(in_port_t(bigEndian: address.sin_port)))
    }
}
