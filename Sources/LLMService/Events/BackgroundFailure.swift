/// Something failed that nobody waited for: only whoever debugs the service is told.
package struct BackgroundFailure: Sendable {
    /// What was to be done, in a few constant words.
    package let work: String
    /// Why it was not.
    package let error: LLMError
}
