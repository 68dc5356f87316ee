import CCurl
import Glibc

/// Header fields as libcurl wants them, in one piece of memory: the nodes, then the strings.
///
/// `@safe` and `@unchecked Sendable`: it owns its memory alone, as it cannot be copied, and writes it only in `init`.
/// libcurl only reads it.
@safe
struct HeaderList: ~Copyable, @unchecked Sendable {
    /// The first node.
    let first: UnsafeMutablePointer<curl_slist>
    private let memory: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - fields: Checked fields.
    ///   - lines: Further lines as libcurl understands them, before the fields.
    ///   - next: Where the list goes on. Whoever uses the list holds what that belongs to.
    init(
        _ fields: [(name: String, value: String)], lines own: [String] = [],
        next tail: UnsafeMutablePointer<curl_slist>?
    ) {
        var lines = own
        lines.reserveCapacity(own.count + fields.count)
        for (name, value) in fields {
            // "Name:" would remove the field; "Name;" sends it empty.
            let isBlank = value.utf8.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            lines.append(isBlank ? "\(name);" : "\(name): \(value)")
        }
        precondition(!lines.isEmpty, "a list of libcurl's has a line")

        let nodeBytes = unsafe lines.count * MemoryLayout<curl_slist>.stride
        let textBytes = lines.reduce(0) { $0 + $1.utf8.count + 1 }
        // SAFETY: one allocation, freed by `deinit`; the nodes fill its aligned front, the strings exactly the rest.
        unsafe memory = .allocate(byteCount: nodeBytes + textBytes, alignment: MemoryLayout<curl_slist>.alignment)
        unsafe first = memory.bindMemory(to: curl_slist.self, capacity: lines.count)
        var text = unsafe (memory + nodeBytes).bindMemory(to: CChar.self, capacity: textBytes)
        for (index, line) in lines.enumerated() {
            let next = unsafe index + 1 < lines.count ? first + index + 1 : tail
            unsafe (first + index).initialize(to: curl_slist(data: text, next: next))
            for byte in line.utf8 {
                unsafe text.initialize(to: CChar(bitPattern: byte))
                unsafe text += 1
            }
            unsafe text.initialize(to: 0)
            unsafe text += 1
        }
    }

    deinit { unsafe memory.deallocate() }
}
