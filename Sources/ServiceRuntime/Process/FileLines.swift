import Glibc

/// The lines of a file, one after the other, however large the file is. A line has at most 16 MiB.
public struct FileLines: ~Copyable {
    /// Why a file cannot be read: one sentence.
    public struct Failure: Error, CustomStringConvertible {
        /// What happened.
        public let description: String
    }

    private static var maxLine: Int { 16 << 20 }
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// Opens a file; `-` is standard input.
    public init(path: String) throws(Failure) {
        descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw Failure(description: "\(path) cannot be read: \(Self.reason)") }
    }

    deinit { if descriptor > 0 { close(descriptor) } }

    /// The next line without its line feed; nil at the end.
    public mutating func next() throws(Failure) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? Array(buffer[start...]) : nil
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            guard buffer.count <= Self.maxLine else { throw Failure(description: "a line is longer than 16 MiB") }
            try fill()
        }
    }

    private mutating func fill() throws(Failure) {
        let (chunk, count) = read()
        if count < 0 { throw Failure(description: "the file cannot be read: \(Self.reason)") }
        isAtEnd = count == 0
        buffer += chunk.prefix(count)
    }

    private func read() -> (chunk: [UInt8], count: Int) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // SAFETY: the call writes at most as many bytes as the array has, while it is borrowed.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 || errno != EINTR { return (chunk, count) }
        }
    }

    private static var reason: String { unsafe String(cString: strerror(errno)) }
}
