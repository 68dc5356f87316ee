/// Puts an answer together from the bytes of its stream, as they come. Used by one task; a reference, for it is held while
/// the next bytes are waited for.
protocol AnswerAssembler: AnyObject {
    /// Takes the next bytes.
    ///
    /// A fault does not throw: the text before it is the same however the stream was cut into pieces. It makes the
    /// answer be over, and is thrown at its end.
    ///
    /// - Returns: the answer's text in them.
    func feed(_ piece: [UInt8]) -> String

    /// Whether the model has begun: with text, or with thoughts that are not shown. Comments are no beginning.
    var hasBegun: Bool { get }

    /// Whether whatever may still come does not matter.
    var isOver: Bool { get }

    /// The stream is over. There may be text in the answer that ``feed(_:)`` did not return: what had no end, or came as
    /// a whole.
    ///
    /// - Parameter failure: what broke it; nil where it ended by itself. An answer that was whole before stays one.
    func finish(_ failure: ProviderError?) throws(ProviderError) -> Completion
}
