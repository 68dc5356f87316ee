import Glibc

/// Connections that are over, but whose clients may still be sending a body that nobody reads. Were such a one closed at
/// once the system would reset it, and the client might never see its answer; so it is read empty for a while.
///
/// On the server's thread only. There are at most 64; further ones are closed at once.
struct LingeringSockets {
    private static let maxCount = 64
    private let poll: ServerPoll
    private var sockets = ReceivingSockets(limit: .seconds(2))

    init(poll: ServerPoll) { self.poll = poll }

    var isEmpty: Bool { sockets.isEmpty }

    /// Keeps a connection open that libmicrohttpd is about to close.
    mutating func take(_ socket: Int32, now: ContinuousClock.Instant) {
        guard sockets.count < Self.maxCount else { return }
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        shutdown(copy, Int32(SHUT_WR))
        sockets.expect(on: copy, now: now)
        poll.watch(lingering: copy)
    }

    /// Something has come on one of them, or its end.
    mutating func empty(_ socket: Int32) {
        // With MSG_TRUNC a TCP socket's bytes are thrown away, and nothing written.
        let count = recv(socket, nil, 1 << 20, Int32(MSG_DONTWAIT | MSG_TRUNC))
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
            sockets.remove(socket)
            end(socket)
        }
    }

    /// Closes those that had their time.
    mutating func closeDue(now: ContinuousClock.Instant) {
        for socket in sockets.takeDue(now: now) { end(socket) }
    }

    /// Closes all of them.
    mutating func closeAll() {
        for socket in sockets.takeAll() { end(socket) }
    }

    /// Closing alone does not end the watch where a process that is just being started has the socket still, and its number
    /// may be another's by then.
    private func end(_ socket: Int32) {
        poll.unwatch(socket: socket)
        close(socket)
    }
}
