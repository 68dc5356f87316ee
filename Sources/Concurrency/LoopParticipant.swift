/// What takes part in an event loop: libcurl's transfers, a NATS connection. Called on the loop's thread only, and must
/// not block it.
package protocol LoopParticipant: AnyObject {
    /// Something has happened on a descriptor that it watches.
    func descriptorIsReady(_ descriptor: Int32, _ events: PollEvents)

    /// The time that it has set has come.
    func deadlineHasCome()

    /// It has asked to be called before the loop waits again: ``LoopThread/requestSettling(_:)``.
    func settle()

    /// It has asked to be called once at the end of the turn: ``LoopThread/requestFlush(_:)``.
    func flush()
}

extension LoopParticipant {
    /// Does nothing: it watches no descriptor.
    package func descriptorIsReady(_ descriptor: Int32, _ events: PollEvents) {}
    /// Does nothing: it sets no deadline.
    package func deadlineHasCome() {}
    /// Does nothing: it does not ask to be called.
    package func settle() {}
    /// Does nothing: it does not ask to be called.
    package func flush() {}
}
