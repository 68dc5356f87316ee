import Synchronization

/// Instruments by what they are of, and a bound on how many there are: what names them may come from outside, and whoever
/// counts them pays for each.
package final class MetricsTable<Key: Hashable & Sendable, Instrument: Sendable>: Sendable {
    /// An instrument, and what it is of.
    package typealias Series = (key: Key, instrument: Instrument)

    private struct State {
        var places: [Key: Int] = [:]
        var series: [Series] = []
    }

    private let state = Mutex(State())
    private let limit: Int
    private let rest: @Sendable (Key) -> Key
    private let make: @Sendable (Key) -> Instrument

    /// - Parameters:
    ///   - limit: as soon as there are so many, nothing new gets an instrument of its own; none where all names are ours.
    ///   - rest: what stands for one that has none; of those there are few by their nature.
    ///   - make: an instrument.
    package init(
        limit: Int = .max, rest: @escaping @Sendable (Key) -> Key = { $0 },
        make: @escaping @Sendable (Key) -> Instrument
    ) {
        (self.limit, self.rest, self.make) = (limit, rest, make)
    }

    /// Its own instrument, or beyond the limit that of the rest.
    package subscript(key: Key) -> Instrument {
        state.withLock { state in
            if let place = state.places[key] { return state.series[place].instrument }
            return find(state.series.count < limit ? key : rest(key), &state)
        }
    }

    /// Its own instrument, if it has one already; else that of the rest.
    package func known(_ key: Key) -> Instrument {
        state.withLock { state in
            if let place = state.places[key] { return state.series[place].instrument }
            return find(rest(key), &state)
        }
    }

    /// All of them, in the order in which they came.
    package var all: [Series] { state.withLock { $0.series } }

    private func find(_ key: Key, _ state: inout State) -> Instrument {
        if let place = state.places[key] { return state.series[place].instrument }
        let instrument = make(key)
        state.places[key] = state.series.count
        state.series.append((key, instrument))
        return instrument
    }
}

/// Values of labels that come from outside.
package enum MetricLabel {
    /// The value for all that have none of their own.
    package static let other = "other"
    /// The most bytes of a value.
    private static let maxBytes = 128

    /// A name from outside as a label's value; one that is far too long is one of the others.
    package static func value(_ name: String) -> String { name.utf8.count <= maxBytes ? name : other }
}
