package import Foundation

/// One accepted connection, in the hands of a script on a thread of its own.
package final class RawServerConnection: Sendable {
    /// What came of a request.
    package struct Request: Sendable {
        /// The head, with its empty line.
        package var head: String
        package var body: Data

        /// Whether the head has that line, without regard to case.
        package func has(_ line: String) -> Bool {
            head.lowercased().components(separatedBy: "\r\n").contains(line.lowercased())
        }
    }

    /// From 0, in the order in which they were accepted.
    package let number: Int
    /// Happens when the client closes or resets; only for scripts that call ``waitForClose()``.
    package let closed = RawServerSignal()
    private let descriptor: Int32

    init(number: Int, descriptor: Int32) {
        self.number = number
        self.descriptor = descriptor
    }

    /// Reads a request with a `Content-Length` or without a body; nil when the client closes first.
    package func readRequest() -> Request? {
        var head = Data()
        while !head.hasSuffix("\r\n\r\n") {
            guard let byte = read(1) else { return nil }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        let length = text.lowercased().components(separatedBy: "\r\n").first { $0.hasPrefix("content-length:") }
        let count = length.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        var body = Data()
        while body.count < count {
            guard let bytes = read(min(count - body.count, 65536)) else { return nil }
            body.append(bytes)
        }
        return Request(head: text, body: body)
    }

    /// Sends bytes as they are. False: the client has closed.
    @discardableResult
    package func send(_ bytes: some Sequence<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            // The slice is valid during the call, which reads no more than it has.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Sends a text as it is. False: the client has closed.
    @discardableResult
    package func send(_ text: String) -> Bool { send(text.utf8) }

    /// Sends bytes one by one, each in a segment of its own. False: the client has closed.
    @discardableResult
    package func sendEach(_ bytes: some Sequence<UInt8>) -> Bool {
        var option: Int32 = 1
        // The option is read during the call.
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &option, socklen_t(MemoryLayout<Int32>.size))
        return bytes.allSatisfy { send(CollectionOfOne($0)) }
    }

    /// Waits so long, or until the client closes (or sends something): false.
    package func pause(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // The entry lives during the call.
        return unsafe poll(&entry, 1, milliseconds) == 0
    }

    /// Whether the client takes no more bytes for so long.
    package func isStuck(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // The entry lives during the call.
        return unsafe poll(&entry, 1, milliseconds) == 0
    }

    /// Answers with a whole body.
    @discardableResult
    package func answer(_ body: String, status: String = "200 OK", headers: [String] = []) -> Bool {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        return send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Reads one line, its end included; nil when the client has closed.
    package func readLine() -> String? {
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = read(1) else { return nil }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// Waits until the client closes; what it sends meanwhile is thrown away.
    package func waitForClose() {
        while read(65536) != nil {}
        closed.fire()
    }

    /// Makes the close that follows a reset: what was sent and not read yet is lost.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        // The option is read during the call.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Ends what the thread waits for, from another thread.
    func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func close() { Foundation.close(descriptor) }

    private func read(_ count: Int) -> Data? {
        var bytes = [UInt8](repeating: 0, count: count)
        // The array is valid during the call, which writes no more than it has.
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return got > 0 ? Data(bytes.prefix(got)) : nil
    }
}

extension Data {
    fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count) == Data(text.utf8) }
}
