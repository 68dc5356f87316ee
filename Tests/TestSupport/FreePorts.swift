internal import Foundation
internal import Glibc

/// Ports of the loopback that nobody listens on: below those that the system gives out by itself, so that nobody takes
/// them before their servers do.
func freePorts(_ count: Int) -> [UInt16] {
    var ports: Set<UInt16> = []
    while ports.count < count {
        let port = UInt16.random(in: 20_000..<32_000)
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The address lives during the call, and is as long as said.
        let isFree = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isFree { ports.insert(port) }
    }
    return ports.sorted()
}
