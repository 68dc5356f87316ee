/// A queue: in at the end, out at the front, both in constant time.
package struct FIFO<Element: Sendable>: Sequence, Sendable {
    private var items: [Element?] = []
    private var head = 0

    /// Whether nothing is in it.
    package var isEmpty: Bool { head == items.count }
    /// How many are in it.
    package var count: Int { items.count - head }

    /// The one that is out next.
    package var first: Element? { head < items.count ? items[head] : nil }

    /// An empty queue.
    package init() {}

    /// In at the end.
    package mutating func append(_ element: Element) { items.append(element) }

    /// Out at the front; nil where nothing is in it.
    @discardableResult
    package mutating func popFirst() -> Element? {
        guard head < items.count else { return nil }
        defer { compact() }
        let element = items[head]
        items[head] = nil
        head += 1
        return element
    }

    /// Takes out what matches; linear in the queue's length.
    package mutating func removeAll(where matches: (Element) -> Bool) {
        items = items[head...].filter { $0.map { !matches($0) } ?? false }
        head = 0
    }

    /// Front to end.
    package func makeIterator() -> AnyIterator<Element> {
        var iterator = items[head...].makeIterator()
        return AnyIterator { iterator.next().flatMap { $0 } }
    }

    /// Gives the room in front back once it is the greater half, so that a pop costs constant time on average.
    private mutating func compact() {
        if head == items.count {
            items.removeAll(keepingCapacity: items.count < 64)
            head = 0
        } else if head > 64, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }
}
