/// The turns of a conversation, oldest first: in at the end, out at the front, both in constant time on average, as long
/// as nobody else holds a copy of the list.
public struct TurnList: RandomAccessCollection, Sendable {
    /// Nil in front of ``head``.
    private var items: [Turn?] = []
    private var head = 0
    /// The bytes of all that was said in them.
    package private(set) var textBytes = 0
    /// The bytes of all that was said in them, as it is kept.
    private(set) var keptBytes = 0

    /// Creates a list.
    public init(_ turns: some Sequence<Turn> = []) {
        for turn in turns { append(turn) }
    }

    /// The index of the oldest.
    public var startIndex: Int { 0 }
    /// The number of turns.
    public var endIndex: Int { items.count - head }

    /// A turn; 0 is the oldest.
    public subscript(index: Int) -> Turn {
        guard let turn = items[head + index] else { preconditionFailure("a turn that has left") }
        return turn
    }

    mutating func append(_ turn: Turn) {
        items.append(turn)
        textBytes += turn.textBytes
        keptBytes += turn.bytes
    }

    mutating func replace(at index: Int, with turn: Turn) {
        textBytes += turn.textBytes - self[index].textBytes
        keptBytes += turn.bytes - self[index].bytes
        items[head + index] = turn
    }

    /// Takes out the oldest, and returns it.
    mutating func removeFirst() -> Turn {
        let turn = self[0]
        textBytes -= turn.textBytes
        keptBytes -= turn.bytes
        items[head] = nil
        head += 1
        // Gives the room in front back once it is the greater half.
        if head > 16, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return turn
    }
}

extension TurnList: Equatable, ExpressibleByArrayLiteral {
    /// Creates a list.
    public init(arrayLiteral turns: Turn...) { self.init(turns) }

    /// Whether they have the same turns.
    public static func == (left: TurnList, right: TurnList) -> Bool { left.elementsEqual(right) }
}
