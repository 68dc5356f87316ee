/// What a subscription of the library delivers to. Called on that subscription's own delivery thread.
protocol MessageSink: AnyObject, Sendable {
    /// A message; may block its thread, and so hold the next one back.
    func receive(_ message: NATSMessage)

    /// No more calls of ``receive(_:)`` from the subscription made for that link.
    func deliveryEnded(link: UInt)
}
