/// Ids for requests that came without one.
package enum RequestID {
    /// Sixteen hexadecimal digits, random.
    package static func make() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
