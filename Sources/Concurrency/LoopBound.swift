/// A value that is used on one event loop's thread only, held by what is sendable.
///
/// `@unchecked Sendable`: every use checks that it is on the loop's thread.
package final class LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private var value: Value

    /// - Parameter value: made here by who hands it over to the loop: nobody else uses it.
    package init(_ value: sending Value, on loop: EventLoop) {
        self.value = value
        self.loop = loop
    }

    /// - Parameter value: made on the loop's thread.
    package init(_ value: Value, of thread: LoopThread) {
        self.value = value
        loop = thread.loop
    }

    /// The value, for who is on the loop's thread, which it proves with the loop's own part.
    package subscript(thread: LoopThread) -> Value {
        get {
            precondition(thread.loop === loop, "used on another event loop")
            return value
        }
        set {
            precondition(thread.loop === loop, "used on another event loop")
            value = newValue
        }
    }
}
