/// Puts an answer together from the bytes of its stream, as they come.
protocol AnswerAssembler {
    /// Takes the next bytes.
    ///
    /// - Returns: the answer's text in them.
    mutating func feed(_ piece: [UInt8]) throws(ProviderError) -> String

    /// Whether the model has begun: with text, or with thoughts that are not shown. Comments are no beginning.
    var hasBegun: Bool { get }

    /// Whether whatever may still come does not matter.
    var isOver: Bool { get }

    /// The stream is over.
    ///
    /// - Parameter failure: what broke it; nil where it ended by itself. An answer that was whole before stays one.
    mutating func finish(_ failure: ProviderError?) throws(ProviderError) -> Completion
}
