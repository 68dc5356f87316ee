/// A value behind a reference: what many functions hold while they wait, thousands of them at once.
final class Boxed<Value: Sendable>: Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
