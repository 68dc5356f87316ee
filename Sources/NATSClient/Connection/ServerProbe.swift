internal import Concurrency
internal import Glibc

/// Finds out why no server takes a connection, where the library says no more than that. Blocks.
struct ServerProbe {
    /// Shown as it is: without a user in it.
    private let url: String
    private let host: String
    private let port: String
    private let hasCertificate: Bool

    /// - Parameters:
    ///   - url: as in ``NATSOptions/servers``.
    ///   - hasCertificate: whether we have a client certificate.
    init(_ url: String, hasCertificate: Bool) {
        self.hasCertificate = hasCertificate
        let url = LibraryConnection.withoutUser(url)
        self.url = url
        let authority = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let place = authority.prefix { $0 != "/" }
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            host = String(place[..<end].dropFirst())
            port = Self.port(place[end...].dropFirst())
        } else {
            host = String(place.prefix { $0 != ":" })
            port = Self.port(place.drop { $0 != ":" })
        }
    }

    private static func port(_ text: Substring) -> String { text.count > 1 ? String(text.dropFirst()) : "4222" }

    /// Looks the name up, connects, and waits for the server's first words.
    /// - Parameter timeout: for the connection, and for the words.
    /// - Returns: what is wrong; nil where a NATS server is there.
    func run(timeout: Duration) -> NATSError? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        // The list is ours to free, and is not used afterwards.
        let status = unsafe getaddrinfo(host, port, &hints, &found)
        guard status == 0, let first = unsafe found else {
            let reason = unsafe String(cString: gai_strerror(status))
            return NATSError(.unknownHost, "the name \(host) is not known (\(reason))")
        }
        defer { unsafe freeaddrinfo(first) }
        var error: NATSError?
        var next = unsafe found
        while let address = unsafe next {
            error = unsafe look(at: address, timeout)
            if error == nil { return nil }
            unsafe next = address.pointee.ai_next
        }
        return error
    }

    private func look(at address: UnsafeMutablePointer<addrinfo>, _ timeout: Duration) -> NATSError? {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = unsafe socket(address.pointee.ai_family, Int32(kind), 0)
        guard descriptor >= 0 else { return failure(errno) }
        defer { close(descriptor) }
        // The address is the list's, which the caller holds.
        if unsafe connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) != 0 {
            guard errno == EINPROGRESS else { return failure(errno) }
            guard isReady(descriptor, Int16(POLLOUT), timeout) else { return failure(ETIMEDOUT) }
            var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
            _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            if code != 0 { return failure(code) }
        }
        guard isReady(descriptor, Int16(POLLIN), timeout) else {
            return NATSError(.notNATS, "something takes connections at \(url), but does not speak first as NATS does")
        }
        var words = [UInt8](repeating: 0, count: 4096)
        // As many bytes as there is room for.
        let count = unsafe recv(descriptor, &words, words.count, 0)
        let text = String(decoding: words.prefix(max(0, count)), as: UTF8.self)
        if text.hasPrefix("INFO ") {
            // As nats-server says it where it verifies its clients.
            guard !hasCertificate, text.contains("\"tls_verify\":true") else { return nil }
            return NATSError(.clientCertificateWanted, "the server wants a client certificate")
        }
        return NATSError(.notNATS, "something answers at \(url), but it is no NATS server")
    }

    private func failure(_ code: Int32) -> NATSError {
        switch code {
        case ECONNREFUSED:
            NATSError(.connectionRefused, "no program takes connections at \(url) (connection refused)")
        case ETIMEDOUT: NATSError(.timeout, "nothing answers at \(url) in time")
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN:
            NATSError(.noRoute, "there is no way through the network to \(url)")
        default: NATSError(.notConnected, "\(url) cannot be reached: \(unsafe String(cString: strerror(code)))")
        }
    }

    private func isReady(_ descriptor: Int32, _ events: Int16, _ timeout: Duration) -> Bool {
        var awaited = pollfd(fd: descriptor, events: events, revents: 0)
        // One local variable.
        return unsafe poll(&awaited, 1, timeout.timeoutMilliseconds) == 1
    }
}
