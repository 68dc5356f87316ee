/// What a bucket tells to whom its values are no news.
package enum NATSKeyValueRevision: Sendable, Hashable {
    /// A key has been written or deleted.
    case changed(key: String, revision: UInt64)
    /// Watching begins, or begins anew: any key may have changed before.
    case restarted
}
