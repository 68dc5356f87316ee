internal import Foundation

/// A socket that sends to a server whatever bytes it is given.
package final class RawClient {
    private let handle: FileHandle

    /// Connects to a port of the loopback.
    package init(port: Int) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        handle = FileHandle(fileDescriptor: socket, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The address lives on the stack during the call, which reads as many bytes as it has.
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw TestServerFailure(description: "cannot connect to port \(port)") }
    }

    /// Introduces itself as a client with headers, sends the bytes, and waits until the server has read them.
    package func send(_ bytes: [UInt8]) throws {
        let hello = #"CONNECT {"verbose":false,"pedantic":false,"headers":true}"# + "\r\n"
        try handle.write(contentsOf: Data(hello.utf8) + Data(bytes) + Data("PING\r\n".utf8))
        var answer = Data()
        while !answer.contains(Data("PONG\r\n".utf8)), let more = try handle.read(upToCount: 1), !more.isEmpty {
            answer += more
        }
    }

    /// Reads until the server closes.
    package func drain() {
        while let more = try? handle.read(upToCount: 4096), !more.isEmpty {}
    }
}
