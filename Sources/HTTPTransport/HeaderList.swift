import CCurl
import Glibc

/// Header fields as libcurl wants them, in one piece of memory: the nodes, then the strings.
///
/// `@safe`: it owns its memory alone, as it cannot be copied.
@safe
struct HeaderList: ~Copyable {
    /// The first node.
    let first: UnsafeMutablePointer<curl_slist>
    private let memory: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - fields: Checked fields.
    ///   - hasBody: Whether a body goes with them.
    init(_ fields: [(name: String, value: String)], hasBody: Bool) {
        // libcurl would wait for a "100 Continue" before a large body.
        var lines = ["Expect:"]
        lines.reserveCapacity(fields.count + 2)
        var hasContentType = false
        for (name, value) in fields {
            // "Name:" would remove the field; "Name;" sends it empty.
            let isBlank = value.utf8.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            lines.append(isBlank ? "\(name);" : "\(name): \(value)")
            hasContentType = hasContentType || name.utf8.count == 12 && startsIgnoringCase(name.utf8, "content-type")
        }
        // libcurl would call every body a form.
        if hasBody, !hasContentType { lines.append("Content-Type:") }

        let nodeBytes = unsafe lines.count * MemoryLayout<curl_slist>.stride
        let textBytes = lines.reduce(0) { $0 + $1.utf8.count + 1 }
        // SAFETY: one allocation, freed by `deinit`; the nodes fill its aligned front, the strings exactly the rest.
        unsafe memory = .allocate(byteCount: nodeBytes + textBytes, alignment: MemoryLayout<curl_slist>.alignment)
        unsafe first = memory.bindMemory(to: curl_slist.self, capacity: lines.count)
        var text = unsafe (memory + nodeBytes).bindMemory(to: CChar.self, capacity: textBytes)
        for (index, line) in lines.enumerated() {
            let next = unsafe index + 1 < lines.count ? first + index + 1 : nil
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
