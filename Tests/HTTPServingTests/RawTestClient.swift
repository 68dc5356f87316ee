import Foundation

/// A socket that sends whatever bytes it is given to a port of the loopback.
final class RawTestClient: Sendable {
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

    /// The first line of what the server sends; empty when it closes instead.
    func readLine() async -> String {
        await withCheckedContinuation { waiter in
            Thread.detachNewThread { [handle] in
                var line = Data()
                while line.last != 10, let byte = try? handle.read(upToCount: 1), !byte.isEmpty { line += byte }
                waiter.resume(returning: String(decoding: line, as: UTF8.self))
            }
        }
    }

    func close() { try? handle.close() }
}
