import Foundation
import HTTPGateway
import TestSupport

/// A socket that sends whatever bytes it is given, and reads what comes.
final class RawConnection: Sendable {
    private let handle: FileHandle

    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The address lives on the stack during the call, and the length is its own.
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw POSIXError(.ECONNREFUSED) }
    }

    /// False: the server has closed.
    @discardableResult
    func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // The slice is valid during the call, which reads no more than it has.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.send(handle.fileDescriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// All that comes until the server closes, or until `isEnough`.
    func read(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async -> String {
        await withCheckedContinuation { waiter in
            Thread.detachNewThread { [handle] in
                var data = Data()
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while !isEnough(String(decoding: data, as: UTF8.self)) {
                    // The buffer is valid during the call, which writes no more than it has.
                    let count = unsafe buffer.withUnsafeMutableBytes {
                        unsafe recv(handle.fileDescriptor, $0.baseAddress, $0.count, 0)
                    }
                    if count <= 0 { break }
                    data += buffer.prefix(count)
                }
                waiter.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }

    func close() { try? handle.close() }
}

extension Stage {
    /// Sends one request, head and body, and gives all that comes back: its first line, and the rest.
    func raw(
        _ method: String, _ path: String, headers: [String] = [], body: String = "", host: String? = "localhost"
    ) async throws -> (status: String, text: String) {
        let connection = try RawConnection(port: gateway.port)
        var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"] + headers
        if let host { lines.append("Host: \(host)") }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let text = await connection.read()
        return (text.split(separator: " ").dropFirst().first.map(String.init) ?? "", text)
    }
}
