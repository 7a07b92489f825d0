// The system's limit on open files, which is a limit on connections.

internal import Glibc

/// The process's file descriptors.
package enum FileDescriptors {
    /// Raises the soft limit to the hard one.
    ///
    /// - Returns: how many the process may have open; 0 when the system does not say.
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// How many the process may have open; nil when the system does not say.
    static var limit: UInt? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return UInt(limit.rlim_cur)
    }

    /// How many are open, without the one that counting takes; nil when the system does not say.
    static var openCount: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = -1
        while let entry = readdir(folder) {
            // `.` and `..` begin with a dot, descriptors with a digit.
            if entry.pointee.d_name.0 != 0x2E { count += 1 }
        }
        return count
    }
}
