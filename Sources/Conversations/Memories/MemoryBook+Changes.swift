import ServiceRuntime

extension MemoryBook: Document {
    /// Makes a step.
    public mutating func apply(_ change: MemoryChange) -> Step<MemoryOutcome> {
        switch change {
        case .add(let memory, let most): add(memory, most: most)
        case .forget(let id, let asker): forget(id, by: asker)
        case .use(let ids, let time): use(ids, at: time)
        case .place(let vectors): place(vectors)
        case .keep(let time): keep(at: time)
        }
    }

    /// Its size in memory, roughly, in bytes.
    public var bytes: Int { memories.reduce(96 + departed.count * 24) { $0 + $1.bytes } }

    private mutating func add(_ memory: Memory, most: Int) -> Step<MemoryOutcome> {
        if let known = self[memory.id] { return .unchanged(.added(known)) }
        if departed.contains(memory.id) { return .unchanged(.added(memory)) }
        if let place = memories.firstIndex(where: memory.says(theSameAs:)) {
            let before = memories[place]
            memories[place].importance = max(before.importance, memory.importance)
            memories[place].lastUsed = max(before.touched, memory.created)
            return Step(outcome: .refreshed(memories[place]), isChange: memories[place] != before)
        }
        memories.append(memory)
        makeRoom(most: max(1, most), sparing: 1)
        return .changed(.added(memory))
    }

    private mutating func forget(_ id: Memory.ID, by asker: MemoryAsker) -> Step<MemoryOutcome> {
        guard let place = memories.firstIndex(where: { $0.id == id }) else { return .unchanged(.unknown) }
        let memory = memories[place]
        guard memory.isOwned(by: asker) else { return .unchanged(.refused(author: memory.author)) }
        leave(place)
        return .changed(.forgotten(memory))
    }

    private mutating func use(_ ids: [Memory.ID], at time: Timestamp) -> Step<MemoryOutcome> {
        var isChange = false
        for place in memories.indices where ids.contains(memories[place].id) {
            // A use that was noted before is not noted again.
            guard memories[place].lastUsed.map({ $0 < time }) ?? true else { continue }
            memories[place].lastUsed = time
            memories[place].uses += 1
            isChange = true
        }
        return Step(outcome: .noted, isChange: isChange)
    }

    private mutating func keep(at time: Timestamp) -> Step<MemoryOutcome> {
        guard kept < time else { return .unchanged(.noted) }
        kept = time
        return .changed(.noted)
    }

    private mutating func place(_ vectors: [Memory.ID: MemoryVector]) -> Step<MemoryOutcome> {
        let before = memories
        for place in memories.indices {
            if let vector = vectors[memories[place].id] { memories[place].vector = vector }
        }
        fit()
        return Step(outcome: .noted, isChange: memories != before)
    }

    /// Has the least valuable leave until there are at most so many, and until it can be written down.
    ///
    /// - Parameter count: the last so many stay.
    package mutating func makeRoom(most: Int, sparing count: Int = 0) {
        while memories.count > most { leave(leastValuable(of: memories.dropLast(count))) }
        fit()
    }

    /// Whether it is in here, or the same in other words.
    package func holds(_ memory: Memory) -> Bool {
        memories.contains { $0.id == memory.id || $0.says(theSameAs: memory) }
    }

    private mutating func leave(_ place: Int) {
        departed.append(memories.remove(at: place).id)
        if departed.count > Self.maxDeparted { departed.removeFirst() }
    }

    private func leastValuable(of candidates: ArraySlice<Memory>) -> Int {
        candidates.indices.min { left, right in
            let (left, right) = (candidates[left], candidates[right])
            return (left.importance, left.uses, left.touched) < (right.importance, right.uses, right.touched)
        } ?? candidates.startIndex
    }

    /// Vectors leave until it can be written down, those of the least used first: words find what they are of too.
    private mutating func fit() {
        var size = writtenBytes
        while size > Self.maxWrittenBytes {
            let candidates = memories.indices.filter { memories[$0].vector != nil }
            let least = candidates.min { left, right in
                let (left, right) = (memories[left], memories[right])
                return (left.uses, left.touched) < (right.uses, right.touched)
            }
            guard let least else { return }
            size -= memories[least].vector?.writtenBytes ?? 0
            memories[least].vector = nil
        }
    }
}

extension Memory {
    fileprivate func isOwned(by asker: MemoryAsker) -> Bool {
        switch asker {
        case .admin: true
        case .user(let name): name.map(isBy) ?? false
        }
    }
}
