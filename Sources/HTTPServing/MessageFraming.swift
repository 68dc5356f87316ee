/// How a request's body is delimited (RFC 9112, 6).
enum MessageFraming: Equatable {
    case none
    /// Of so many bytes.
    case length(Int)
    case chunked

    /// Nil where it can be read in two ways, or is not allowed.
    init?(_ headers: [(name: String, value: String)], version: String) {
        var (length, encoding, hosts): (String?, String?, Int) = (nil, nil, 0)
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where HTTPServerRequest.isSame(name.utf8, "host".utf8): hosts += 1
            case 14 where HTTPServerRequest.isSame(name.utf8, "content-length".utf8):
                guard length == nil else { return nil }
                length = value
            case 17 where HTTPServerRequest.isSame(name.utf8, "transfer-encoding".utf8):
                guard encoding == nil else { return nil }
                encoding = value
            default: break
            }
        }
        guard hosts <= 1 else { return nil }
        switch (length, encoding) {
        case (nil, nil): self = .none
        case (let length?, nil):
            let isNumber = !length.isEmpty && length.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isNumber, let count = Int(length) else { return nil }
            self = count == 0 ? .none : .length(count)
        case (nil, let encoding?):
            guard HTTPServerRequest.isSame(encoding.utf8, "chunked".utf8), version != "HTTP/1.0" else { return nil }
            self = .chunked
        case (_?, _?): return nil
        }
    }
}
