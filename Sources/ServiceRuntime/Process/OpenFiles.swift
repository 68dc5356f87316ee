import Glibc

/// How many files and sockets the process may have open.
package enum OpenFiles {
    /// Raises the limit to the most that the system grants this process; where it grants no more, nothing changes.
    package static func raiseLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        // SAFETY: both calls use a local variable.
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(resource, &limit)
    }
}
