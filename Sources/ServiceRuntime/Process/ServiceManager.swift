import Glibc

/// The systemd that has started this process, told how it is: sd_notify(3), without its library.
package struct ServiceManager: Sendable {
    /// How often it wants to hear that the process is alive, at least; nil where it does not ask.
    package let watchdog: Duration?
    private let path: [UInt8]

    /// - Parameter environment: of the process: `NOTIFY_SOCKET` says where systemd listens; without it nobody does, and the
    ///   result is nil. `WATCHDOG_USEC` and `WATCHDOG_PID` ask for signs of life.
    package init?(_ environment: [String: String]) {
        var path = Array((environment["NOTIFY_SOCKET"] ?? "").utf8)
        let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard let first = path.first, [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(first), path.count <= room else {
            return nil
        }
        // The name of an abstract socket begins with a zero byte.
        if first == UInt8(ascii: "@") { path[0] = 0 }
        self.path = path
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        watchdog = isOurs ? environment["WATCHDOG_USEC"].flatMap(Int64.init).map { .microseconds($0) } : nil
    }

    /// The start is done: requests can be taken, or NATS is awaited.
    /// - Parameter status: one line for `systemctl status`.
    package func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    /// The configuration is read again; ``ready(_:)`` ends it.
    package func reloading() {
        var now = timespec()
        // SAFETY: the call writes into a local variable.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int(now.tv_sec) * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// It ends in order.
    package func stopping() { send("STOPPING=1\nSTATUS=Answering what is under way") }

    /// The process is alive.
    package func isAlive() { send("WATCHDOG=1") }

    /// What is read as one assignment.
    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// One datagram. Where nobody takes it, there is nothing to be done.
    private func send(_ text: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the path fits, which was seen to above; the address and the text live for the call.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(text.utf8)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
