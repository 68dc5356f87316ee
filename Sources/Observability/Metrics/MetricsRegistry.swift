import Synchronization

/// All that a process measures. Whoever counts something has its instrument made here, with name, help and labels; that is
/// all it takes to be in ``text()``.
public final class MetricsRegistry: Sendable {
    /// Writes some metrics: all samples of each, and each name from one place only. Quick, never blocking.
    package typealias Collector = @Sendable (inout MetricsWriter) -> Void

    private struct State {
        var collectors: [Collector] = []
        /// By name; each is a ``MetricFamily``.
        var families: [String: any Sendable] = [:]
    }

    private let state = Mutex(State())

    /// A registry without metrics.
    public init() {}

    /// Returns all metrics as they are now, in Prometheus' text format, in the order in which they were added.
    public func text() -> [UInt8] {
        let collectors = state.withLock { $0.collectors }
        var writer = MetricsWriter()
        for collect in collectors { collect(&writer) }
        return writer.bytes
    }

    // MARK: instruments

    /// Returns a counter without labels.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_`; ends in `_total`.
    ///   - help: what exactly is counted.
    package func counter(_ name: String, _ help: String) -> Counter { counters(name, help)[] }

    /// Returns counters that are told apart by labels.
    package func counters(_ name: String, _ help: String, by labels: String...) -> MetricFamily<Counter> {
        family(name, help, labels) { Counter() }
    }

    /// Returns a gauge without labels.
    package func gauge(_ name: String, _ help: String) -> Gauge { gauges(name, help)[] }

    /// Returns gauges that are told apart by labels.
    package func gauges(_ name: String, _ help: String, by labels: String...) -> MetricFamily<Gauge> {
        family(name, help, labels) { Gauge() }
    }

    /// Returns histograms that are told apart by labels. The name ends in the unit.
    package func histograms(
        _ name: String, _ help: String, _ scale: HistogramScale, by labels: String...
    ) -> MetricFamily<Histogram> {
        family(name, help, labels) { Histogram(scale) }
    }

    /// Returns the metric of that name, which is made if there is none.
    private func family<Kind: Instrument>(
        _ name: String, _ help: String, _ labels: [String], _ make: @escaping @Sendable () -> Kind
    ) -> MetricFamily<Kind> {
        state.withLock { state in
            if let known = state.families[name] as? MetricFamily<Kind> { return known }
            let family = MetricFamily(labels, make)
            state.families[name] = family
            state.collectors.append { writer in
                writer.begin(name, Kind.kind, help)
                family.write(to: &writer)
            }
            return family
        }
    }

    // MARK: what is kept elsewhere

    /// Adds metrics that are found out whenever somebody asks.
    package func add(_ collector: @escaping Collector) { state.withLock { $0.collectors.append(collector) } }

    /// Adds a gauge that is read whenever somebody asks.
    package func gauge(_ name: String, _ help: String, read: @escaping @Sendable () -> Int) {
        add { $0.metric(name, .gauge, help, read()) }
    }

    /// Adds a metric that is read whenever somebody asks: the values of its one label, and the number of each.
    package func add(
        _ name: String, _ kind: MetricsWriter.Kind, _ help: String, by label: String,
        read: @escaping @Sendable () -> [(value: String, number: Int)]
    ) {
        add { writer in
            writer.begin(name, kind, help)
            for (value, number) in read() { writer.sample(number, [(label, value)]) }
        }
    }
}

/// One metric: an instrument for each combination of its labels' values. Whoever counts often keeps the instrument: to find
/// one takes a lock.
package final class MetricFamily<Kind: Instrument>: Sendable {
    private let labels: [String]
    private let table: MetricsTable<[String], Kind>

    init(_ labels: [String], _ make: @escaping @Sendable () -> Kind) {
        self.labels = labels
        table = MetricsTable { _ in make() }
    }

    /// Returns the instrument of these values, which is made if there is none. The last labels may be left out.
    package subscript(values: String...) -> Kind { self[values] }

    /// Returns the instrument of these values, which is made if there is none. The last labels may be left out.
    package subscript(values: [String]) -> Kind {
        precondition(values.count <= labels.count, "each value has its label")
        return table[values]
    }

    fileprivate func write(to writer: inout MetricsWriter) {
        for (values, instrument) in table.all {
            instrument.write(zip(labels, values).map { (name: $0, value: $1) }, to: &writer)
        }
    }
}
