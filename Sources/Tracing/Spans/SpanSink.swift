/// Takes spans that are over.
package protocol SpanSink: Sendable {
    /// Takes one; quick, never blocking.
    func take(_ span: SpanRecord)
}
