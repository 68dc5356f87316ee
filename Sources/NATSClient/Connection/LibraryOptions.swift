internal import CNATS
internal import Concurrency
internal import FoundationEssentials
internal import Glibc

/// The library's form of ``NATSOptions``.
enum LibraryOptions {
    /// Makes the library's options; the caller destroys them.
    /// - Throws: ``NATSError/Code/badOptions`` with a plain sentence.
    /// - Parameter discovered: further servers of the same cluster.
    static func make(_ options: NATSOptions, discovered: [String]) throws(NATSError) -> OpaquePointer {
        var made: OpaquePointer?
        try check(unsafe natsOptions_Create(&made), "cannot make options")
        guard let made = unsafe made else { throw NATSError(.library, "cannot make options") }
        do throws(NATSError) {
            try unsafe fill(made, options, discovered)
            try unsafe authenticate(made, options.authentication)
            if let tls = options.demandedTLS { try unsafe secure(made, tls) }
        } catch {
            unsafe natsOptions_Destroy(made)
            throw error
        }
        return unsafe made
    }

    private static func fill(
        _ made: OpaquePointer, _ options: NATSOptions, _ discovered: [String]
    ) throws(NATSError) {
        try unsafe setServers(made, options.servers, discovered)
        try check(unsafe natsOptions_SetName(made, options.name), "the connection's name")
        try check(
            unsafe natsOptions_SetTimeout(made, Int64(options.connectTimeout.timeoutMilliseconds)),
            "the connect timeout")
        // We make another connection instead: the library, reconnecting, would go on to parse where the last one broke off
        // (3.4 with an external event loop), and hold its lock while it tries.
        try check(unsafe natsOptions_SetAllowReconnect(made, false), "reconnecting")
        try check(
            unsafe natsOptions_SetWriteDeadline(made, Int64(options.writeDeadline.timeoutMilliseconds)),
            "the write deadline")
        // We ping: the library's timer would close the socket on its own thread, while the loop may be reading it.
        try check(unsafe natsOptions_SetPingInterval(made, 0), "the ping interval")
        // Without it the library has a thread that flushes, after a millisecond.
        try check(unsafe natsOptions_SetSendAsap(made, true), "sending")
    }

    private static func setServers(
        _ made: OpaquePointer, _ servers: [String], _ discovered: [String]
    ) throws(NATSError) {
        guard !servers.isEmpty else { throw NATSError(.badOptions, "no NATS server is given") }
        for server in servers where !isServer(server) {
            let shown = LibraryConnection.withoutUser(server)
            throw NATSError(.badOptions, "not a NATS URL: \"\(shown)\" (expected nats://host:port)")
        }
        // A server that was told of by another takes the same user.
        let user = servers.compactMap { Self.user(of: $0) }.first
        let known = Set(servers.map { LibraryConnection.withoutUser($0) })
        let further = discovered.filter { !known.contains($0) }.map { url in
            user.map { url.replacing("://", with: "://\($0)@", maxReplacements: 1) } ?? url
        }
        let servers = servers + further
        // The library copies the texts during the call; they are freed after it.
        let copies = unsafe servers.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        var texts = unsafe copies.map { unsafe UnsafePointer($0) }
        try check(unsafe natsOptions_SetServers(made, &texts, Int32(clamping: servers.count)), "the NATS servers")
    }

    private static func authenticate(
        _ made: OpaquePointer, _ authentication: NATSAuthentication
    ) throws(NATSError) {
        switch authentication {
        case .none: break
        case .userPassword(let user, let password):
            try check(unsafe natsOptions_SetUserInfo(made, user, password), "the NATS user")
        case .token(let token):
            try check(unsafe natsOptions_SetToken(made, token), "the NATS token")
        case .credentialsFile(let path):
            let text = try read(path, "NATS credentials file")
            guard text.contains("BEGIN NATS USER JWT"), text.contains("BEGIN USER NKEY SEED") else {
                throw NATSError(.badOptions, "the NATS credentials file \(path) has no user JWT with its seed in it")
            }
            try check(unsafe natsOptions_SetUserCredentialsFromFiles(made, path, nil), "the NATS credentials file")
        case .nkeySeedFile(let path, let publicKey):
            let text = try read(path, "nkey seed file")
            guard text.split(whereSeparator: \.isWhitespace).contains(where: { $0.hasPrefix("SU") }) else {
                throw NATSError(.badOptions, "the nkey seed file \(path) has no user seed (SU…) in it")
            }
            guard publicKey.hasPrefix("U"), publicKey.utf8.count == 56 else {
                throw NATSError(.badOptions, "not a user's public nkey: \"\(publicKey)\"")
            }
            try check(unsafe natsOptions_SetNKeyFromSeed(made, publicKey, path), "the nkey")
        }
    }

    private static func secure(_ made: OpaquePointer, _ tls: NATSTLS) throws(NATSError) {
        try check(unsafe natsOptions_SetSecure(made, true), "TLS")
        if let path = tls.caFile {
            _ = try read(path, "NATS CA file")
            try check(unsafe natsOptions_LoadCATrustedCertificates(made, path), "the NATS CA file \(path)")
        }
        switch (tls.certificateFile, tls.keyFile) {
        case (nil, nil): break
        case (let certificate?, let key?):
            _ = try read(certificate, "NATS client certificate file")
            _ = try read(key, "NATS client key file")
            try check(
                unsafe natsOptions_LoadCertificatesChain(made, certificate, key),
                "the NATS client certificate \(certificate) with the key \(key)")
        default: throw NATSError(.badOptions, "a NATS client certificate needs its key, and a key its certificate")
        }
    }

    private static func read(_ path: String, _ what: String) throws(NATSError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw NATSError(.badOptions, "cannot read the \(what) \(path)", detail: "\(error)")
        }
    }

    /// The `user:password` in a URL.
    private static func user(of url: String) -> Substring? {
        guard let at = url.lastIndex(of: "@") else { return nil }
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        return start < at ? url[start..<at] : nil
    }

    private static func isServer(_ url: String) -> Bool {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard let rest = parts.last, !rest.isEmpty else { return false }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        return parts.count == 1 || ["nats", "tls"].contains(parts[0])
    }

    private static func check(_ status: natsStatus, _ what: String) throws(NATSError) {
        guard status != NATS_OK else { return }
        let detail = NATSError.lastErrorOfThread(status)
        throw NATSError(.badOptions, "cannot use \(what): \(detail)", detail: detail)
    }
}
