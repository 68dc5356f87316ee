package import FoundationEssentials

/// Writes the body of a streamed answer.
package struct HTTPResponseWriter: Sendable {
    let exchange: Exchange

    /// Sends bytes; waits first while 64 KiB or more are still unsent.
    ///
    /// - Throws: ``HTTPServingError/Code/clientGone``, also when the task is cancelled.
    package func write(_ bytes: Data) async throws(HTTPServingError) { try await exchange.write(bytes) }

    /// Sends a text.
    package func write(_ text: String) async throws(HTTPServingError) { try await write(Data(text.utf8)) }
}
