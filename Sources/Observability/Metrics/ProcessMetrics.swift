import ServiceRuntime

extension MetricsRegistry {
    /// Adds what the process takes of the machine, under the names that Prometheus' own clients have for it.
    ///
    /// - Parameter version: of this program.
    package func addProcess(version: String) {
        let started = ProcessUse.started()
        add { writer in
            writer.begin("rosey_llm_build_info", .gauge, "Always 1; the label is the program's version.")
            writer.sample(1, [("version", version)])
            let use = ProcessUse.current()
            for (name, value, help) in [
                ("process_resident_memory_bytes", use.residentBytes, "Resident memory of this process, in bytes."),
                ("process_virtual_memory_bytes", use.virtualBytes, "Virtual memory of this process, in bytes."),
                ("process_open_fds", use.openFiles, "Files and sockets that this process has open."),
                ("process_max_fds", use.maxFiles, "Files and sockets that this process may have open."),
                ("process_threads", use.threads, "Threads of this process."),
            ] { writer.metric(name, .gauge, help, value) }
            writer.begin(
                "process_cpu_seconds_total", .counter,
                "Time of this process on a processor, user and system, in seconds.")
            writer.sample(use.cpuSeconds)
            guard let started else { return }
            writer.begin(
                "process_start_time_seconds", .gauge, "When this process began, in seconds since the beginning of 1970."
            )
            writer.sample(started)
        }
    }
}
