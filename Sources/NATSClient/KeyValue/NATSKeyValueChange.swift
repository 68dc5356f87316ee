/// What a watched bucket tells.
package enum NATSKeyValueChange: Sendable, Hashable {
    /// A key has this value now; nil: it has been deleted.
    case changed(key: String, value: [UInt8]?, revision: UInt64)
    /// All that was there when watching began has been told; from here on it is news.
    case current
}
