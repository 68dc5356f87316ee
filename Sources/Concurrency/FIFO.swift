/// A queue: in at the end, out at the front, both in constant time on average, as long as nobody else holds a copy.
public struct FIFO<Element>: RandomAccessCollection, MutableCollection {
    private var items: [Element?] = []
    private var head = 0

    /// Creates an empty queue.
    package init() {}

    /// Creates a queue of these elements.
    package init(_ elements: some Sequence<Element>) { items = elements.map { $0 } }

    /// The index of the one that is out next.
    public var startIndex: Int { 0 }
    /// The number of elements.
    public var endIndex: Int { items.count - head }

    /// An element; 0 is the one that is out next.
    public subscript(index: Int) -> Element {
        get {
            guard let element = items[head + index] else { preconditionFailure("an element that has left") }
            return element
        }
        set { items[head + index] = newValue }
    }

    /// In at the end.
    package mutating func append(_ element: Element) { items.append(element) }

    /// In at the front, where it was.
    package mutating func putBack(_ element: Element) {
        if head > 0 {
            head -= 1
            items[head] = element
        } else {
            items.insert(element, at: 0)
        }
    }

    /// Out at the front; nil where nothing is in it.
    @discardableResult
    package mutating func popFirst() -> Element? {
        guard head < items.count else { return nil }
        defer { compact() }
        head += 1
        return items[head - 1].take()
    }

    /// Takes out what matches; linear in the queue's length.
    package mutating func removeAll(where matches: (Element) -> Bool) {
        items = items[head...].filter { $0.map { !matches($0) } ?? false }
        head = 0
    }

    /// Gives the room in front back once it is the greater half, so that a pop costs constant time on average.
    private mutating func compact() {
        if head == items.count {
            items.removeAll(keepingCapacity: items.count <= 1024)
            head = 0
        } else if head > 16, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }
}

extension FIFO: Sendable where Element: Sendable {}

extension FIFO: Equatable where Element: Equatable {
    /// Whether they have the same elements.
    public static func == (left: FIFO, right: FIFO) -> Bool { left.elementsEqual(right) }
}
