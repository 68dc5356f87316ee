/// What the process takes of the machine, under the names that Prometheus' own clients have for it.
package enum ProcessMetrics {
    /// Adds them.
    ///
    /// - Parameter version: of this program.
    package static func add(to registry: MetricsRegistry, version: String) {
        let started = ProcessUse.started()
        registry.add { writer in
            writer.begin("rosey_llm_build_info", .gauge, "Always 1; the label is the program's version.")
            writer.sample(1, [("version", version)])
            write(ProcessUse.current(), started: started, to: &writer)
        }
    }

    private static func write(_ use: ProcessUse, started: Double?, to writer: inout MetricsWriter) {
        writer.gauge("process_resident_memory_bytes", use.residentBytes, "Resident memory of this process, in bytes.")
        writer.gauge("process_virtual_memory_bytes", use.virtualBytes, "Virtual memory of this process, in bytes.")
        writer.begin(
            "process_cpu_seconds_total", .counter, "Time of this process on a processor, user and system, in seconds.")
        writer.sample(use.cpuSeconds)
        writer.gauge("process_open_fds", use.openFiles, "Files and sockets that this process has open.")
        writer.gauge("process_max_fds", use.maxFiles, "Files and sockets that this process may have open.")
        writer.gauge("process_threads", use.threads, "Threads of this process.")
        guard let started else { return }
        writer.begin(
            "process_start_time_seconds", .gauge, "When this process began, in seconds since the beginning of 1970.")
        writer.sample(started)
    }
}
