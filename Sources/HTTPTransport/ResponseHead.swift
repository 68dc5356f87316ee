/// Collects the head of an answer line by line, as libcurl hands it over: interim answers (1xx) are dropped, the
/// last head counts, trailers are left out.
struct ResponseHead {
    /// The most bytes of header lines taken for one transfer, in sum.
    static let limit = 64 << 10

    /// What a line meant.
    enum Verdict: Equatable {
        case more
        /// The empty line after the last head.
        case complete
        case tooLarge
        /// A status line without a status.
        case malformed
    }

    /// The status; 0 before the status line.
    private(set) var status = 0
    /// The lines of the head, without the status line and the empty one.
    private(set) var lines: [UInt8] = []
    private(set) var isComplete = false
    private var received = 0

    /// Takes one line with its end.
    mutating func append(_ line: Span<UInt8>) -> Verdict {
        received += line.count
        if received > Self.limit { return .tooLarge }
        if isComplete { return .more }
        if line.isStatusLine {
            lines.removeAll(keepingCapacity: true)
            guard let status = Self.status(in: line) else { return .malformed }
            self.status = status
            return .more
        }
        let isEmptyLine = line.count == 0 || line[0] == UInt8(ascii: "\r") || line[0] == UInt8(ascii: "\n")
        guard isEmptyLine else {
            lines.reserveCapacity(512)
            for index in line.indices { lines.append(line[index]) }
            return .more
        }
        if status >= 200 || status == 101 {
            isComplete = true
            return .complete
        }
        return .more
    }

    /// The three digits after the first space.
    private static func status(in line: Span<UInt8>) -> Int? {
        var index = 5
        while index < line.count, line[index] != UInt8(ascii: " ") { index += 1 }
        guard index + 3 < line.count else { return nil }
        var status = 0
        for digit in (index + 1)...(index + 3) {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = line[digit] else { return nil }
            status = status * 10 + Int(line[digit] - UInt8(ascii: "0"))
        }
        return status >= 100 ? status : nil
    }
}

extension Span<UInt8> {
    /// Whether it begins with `HTTP/`.
    fileprivate var isStatusLine: Bool {
        count >= 5 && self[0] == UInt8(ascii: "H") && self[1] == UInt8(ascii: "T") && self[2] == UInt8(ascii: "T")
            && self[3] == UInt8(ascii: "P") && self[4] == UInt8(ascii: "/")
    }
}
