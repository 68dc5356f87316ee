/// What one turn of the loop has for a transfer's caller or consumer. Bytes are in the body's channel already.
struct Handover {
    let transfer: Transfer
    /// Nil once the transfer has left it.
    var handle: EasyHandle?
    /// The head of a streamed answer, if it came in this turn.
    var head: RawAnswer?
    /// What became of it, if it came to its end.
    var end: Result<RawAnswer, HTTPError>?

    /// Wakes whoever waits for any of it, once. True: the transfer had been paused, and there is room again.
    func deliver() -> Bool {
        if let end {
            transfer.end(end, head: head)
        } else if let head {
            transfer.answer(head)
        } else {
            return transfer.body.handOver()
        }
        return false
    }
}
