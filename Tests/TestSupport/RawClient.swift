internal import Foundation

/// A socket that sends to a server of the loopback whatever bytes it is given, and reads what comes.
package final class RawClient: Sendable {
    private let handle: FileHandle

    /// Connects to a port.
    package init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The address lives on the stack during the call, which reads as many bytes as it has.
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw TestServerFailure(description: "cannot connect to port \(port)") }
    }

    /// Sends bytes as they are. False: the server has closed.
    @discardableResult
    package func send(_ bytes: some Sequence<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
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

    /// Sends a text as it is. False: the server has closed.
    @discardableResult
    package func send(_ text: String) -> Bool { send(text.utf8) }

    /// All that comes until the server closes, or until it is enough. Blocks.
    package func readOnThread(until isEnough: (String) -> Bool = { _ in false }) -> String {
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
        return String(decoding: data, as: UTF8.self)
    }

    /// All that comes until the server closes, or until it is enough.
    package func read(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async -> String {
        await withCheckedContinuation { waiter in
            Thread.detachNewThread { waiter.resume(returning: self.readOnThread(until: isEnough)) }
        }
    }

    package func close() { try? handle.close() }
}

extension RawClient {
    /// Sends to a NATS server, as a client with headers, and waits until the server has read it. Blocks.
    package func publish(_ bytes: [UInt8]) {
        send(#"CONNECT {"verbose":false,"pedantic":false,"headers":true}"# + "\r\n")
        send(bytes)
        send("PING\r\n")
        _ = readOnThread { $0.contains("PONG\r\n") }
    }
}
