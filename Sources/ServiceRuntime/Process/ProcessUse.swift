import FoundationEssentials
import Glibc

/// What this process takes of the machine, as the kernel tells it. All of it is in memory: asking never waits for a disk.
package struct ProcessUse: Sendable {
    /// Resident memory, in bytes.
    package var residentBytes: Int
    /// Virtual memory, in bytes.
    package var virtualBytes: Int
    /// Time on a processor, in seconds: user and system, all threads.
    package var cpuSeconds: Double
    /// Files and sockets that are open.
    package var openFiles: Int
    /// The most that may be.
    package var maxFiles: Int
    /// Threads.
    package var threads: Int

    /// At this moment. What cannot be found out is 0.
    package static func current() -> ProcessUse {
        // In pages: total, resident, …
        let memory = numbers(in: "/proc/self/statm")
        let page = sysconf(Int32(_SC_PAGESIZE))
        var time = timespec()
        var limit = rlimit()
        // SAFETY: both calls write into local variables.
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessUse(
            residentBytes: memory.count > 1 ? memory[1] * page : 0, virtualBytes: (memory.first ?? 0) * page,
            cpuSeconds: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9, openFiles: entries(in: "/proc/self/fd"),
            maxFiles: Int(clamping: limit.rlim_cur), threads: entries(in: "/proc/self/task"))
    }

    /// When the process began, in seconds since 1970; nil where that cannot be found out.
    package static func started() -> Double? {
        guard let line = firstLine(of: "/proc/self/stat"), let end = line.lastIndex(of: ")") else { return nil }
        // After the name, which may have anything in it: the 3rd field of proc(5) and those that follow.
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        var (uptime, now) = (timespec(), timespec())
        // SAFETY: both calls write into local variables.
        unsafe clock_gettime(CLOCK_BOOTTIME, &uptime)
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let age = Double(uptime.tv_sec) + Double(uptime.tv_nsec) * 1e-9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - age
    }

    private static func numbers(in path: String) -> [Int] {
        (firstLine(of: path) ?? "").split(separator: " ").compactMap { Int($0) }
    }

    private static func firstLine(of path: String) -> String? {
        var lines = try? FileLines(path: path)
        return (try? lines?.next()).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func entries(in folder: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
    }
}

/// How many files and sockets the process may have open.
package enum OpenFiles {
    /// Raises the limit to the most that the system grants this process; where it grants no more, nothing changes.
    /// Returns the limit then.
    @discardableResult
    package static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        // SAFETY: both calls use a local variable.
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if limit.rlim_cur < limit.rlim_max, unsafe setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
