/// What happens to a connection, for the operator's story. Told on its event loop, or on a thread of the library: do not
/// block in it.
package enum NATSEvent: Sendable, Hashable {
    /// For the first time.
    case connected(server: String)
    /// The client goes on trying by itself.
    case disconnected(reason: String)
    /// After a loss; what was published meanwhile has been sent.
    case reconnected(server: String)
    /// By its owner, for good.
    case closed(reason: String)
    /// Something the server or the library complains of: a refused sign-in, a missing permission, a failed try. Each
    /// text once until it changes.
    case error(String)
    /// More messages wait for a subscription's consumer than are held: from here on they are dropped.
    case slowConsumer(subject: String, dropped: Int)
}
