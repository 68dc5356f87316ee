/// What somebody said in a channel.
struct Question: Sendable {
    /// The request's; nil where its sender gave none.
    let id: String?
    let name: String
    let text: String
    /// Whether pieces of the answer are to be expected.
    let isStreamed: Bool
}
