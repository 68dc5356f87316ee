import Conversations
import FoundationEssentials
import JSON
import ServiceRuntime

extension AnswerMessage {
    /// What was remembered, found or forgotten.
    static func memories(_ writer: inout JSONWriter, _ id: Memory.ID?, _ memories: [Memory]) {
        writer.field("memory_id", orNull: id)
        writer.field("memories") { writer in
            writer.array { writer in
                for memory in memories {
                    writer.object { writer in
                        writer.field("id", memory.id)
                        writer.field("content", memory.text)
                        writer.field("category", memory.category.rawValue)
                        writer.field("importance", memory.importance)
                        writer.field("author", orNull: memory.author)
                        writer.field("created", text(memory.created))
                    }
                }
            }
        }
        writer.field("count", memories.count)
    }

    /// RFC 3339, to the second.
    private static func text(_ moment: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000).formatted(.iso8601)
    }
}
