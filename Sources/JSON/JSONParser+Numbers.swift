extension JSONParser {
    /// A number, its sign or first digit next. Whole numbers that fit become ``JSONValue/integer(_:)``, `3.0` too.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let byte = peek, Self.isDigit(byte) { throw fault("a number begins with 0") }
        } else {
            try digits()
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }

        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let value = Double(text), value.isFinite else {
            throw JSONError("a number is out of range", at: start, of: bytes)
        }
        return Int(exactly: value).map(JSONValue.integer) ?? .number(value)
    }

    private mutating func digits() throws(JSONError) {
        guard let byte = peek, Self.isDigit(byte) else { throw expected("a digit") }
        while let byte = peek, Self.isDigit(byte) { index += 1 }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
