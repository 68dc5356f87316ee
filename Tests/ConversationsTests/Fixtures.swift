import Concurrency
import Conversations
import ServiceRuntime

/// The turn of that number: `question 3` from `alice`, `answer 3`.
func turn(_ number: Int) -> Turn {
    Turn(
        id: "\(number)", time: Timestamp(milliseconds: Int64(number)), speaker: "alice", question: "question \(number)",
        answer: "answer \(number)")
}

func turns(_ numbers: some Sequence<Int>) -> [Turn] { numbers.map(turn) }

/// Whether a conversation has these turns.
func == (list: FIFO<Turn>, turns: [Turn]) -> Bool { Array(list) == turns }
