import CMicroHTTPD
import Glibc

/// Opens the socket to listen on.
enum ListeningSocket {
    /// - Returns: The descriptor, not blocking and not inherited by children, and its port.
    static func open(host: String, port: Int) throws(HTTPServingError) -> (descriptor: Int32, port: Int) {
        guard let number = in_port_t(exactly: port) else {
            throw HTTPServingError(.badAddress, detail: "\(port) is no port")
        }
        let host = host == "localhost" ? "127.0.0.1" : host
        // SAFETY: `inet_pton` writes one address of the family's size into a local variable.
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if unsafe inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = number.bigEndian
            return try unsafe open(family: AF_INET) { unsafe withAddress(of: &four, $0) }
        }
        if unsafe inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = number.bigEndian
            return try unsafe open(family: AF_INET6) { unsafe withAddress(of: &six, $0) }
        }
        throw HTTPServingError(.badAddress, detail: "\(host) is no address in numbers")
    }

    private typealias UseAddress = (UnsafePointer<sockaddr>, socklen_t) -> Int32

    /// SAFETY of its uses: the pointer lives for the call, and the length is the address's own.
    private static func withAddress<Address>(of address: inout Address, _ body: UseAddress) -> Int32 {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private static func open(
        family: Int32, withAddress: (UseAddress) -> Int32
    ) throws(HTTPServingError) -> (descriptor: Int32, port: Int) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw failure() }
        // SAFETY: the option is read, and the address below written, in local variables of the sizes that are given.
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = unsafe withAddress { unsafe bind(descriptor, $0, $1) } == 0
        guard isBound, listen(descriptor, 1024) == 0 else {
            let error = failure()
            close(descriptor)
            throw error
        }
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(descriptor, $0, &length)
            }
        }
        // The port is at the same place in both kinds of address.
        return (descriptor, Int(in_port_t(bigEndian: address.sin6_port)))
    }

    private static func failure() -> HTTPServingError {
        // SAFETY: the text is copied at once.
        let detail = unsafe String(cString: strerror(errno))
        return switch errno {
        case EADDRINUSE: HTTPServingError(.addressInUse, detail: detail)
        case EACCES, EPERM: HTTPServingError(.notAllowed, detail: detail)
        case EADDRNOTAVAIL: HTTPServingError(.badAddress, detail: detail)
        default: HTTPServingError(.cannotStart, detail: detail)
        }
    }
}
