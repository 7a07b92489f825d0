// Descriptors that are kept for probes. When the process has none left, the admin listener closes one of these and
// accepts.

internal import Glibc
internal import Synchronization

/// Open files that are there to be closed.
final class SpareDescriptors: Sendable {
    private static let count = 4

    private let held = Mutex<[CInt]>([])

    deinit { held.withLock { for descriptor in $0 { close(descriptor) } } }

    /// Closes one. Returns whether there was one.
    func giveUpOne() -> Bool {
        guard let descriptor = held.withLock({ $0.popLast() }) else { return false }
        close(descriptor)
        return true
    }

    /// Opens again what was given up, as far as the system has descriptors.
    func refill() {
        held.withLock { held in
            while held.count < Self.count {
                let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { return }
                held.append(descriptor)
            }
        }
    }
}
