/// A pointer of the library on its way to another thread.
///
/// `@safe` and `@unchecked Sendable`: it is only carried; who uses it answers for its life, and the library locks.
@safe struct SendablePointer: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
}
