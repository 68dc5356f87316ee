import Conversations

/// The turn of that number: `question 3` from `alice`, `answer 3`.
func turn(_ number: Int) -> Turn { Turn(speaker: "alice", question: "question \(number)", answer: "answer \(number)") }

func turns(_ numbers: some Sequence<Int>) -> [Turn] { numbers.map(turn) }
