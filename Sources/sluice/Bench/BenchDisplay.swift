import Foundation
import LoadFleet
import Synchronization

/// Shows where a load stands: one line that is written over on a terminal, else a line every few seconds.
final class BenchDisplay: Sendable {
    /// Seconds between two lines of a phase where lines can't be written over.
    private static let interval: Duration = .seconds(5)

    private let isTerminal: Bool
    private let last = Mutex<(phase: FleetProgress.Phase, elapsed: Duration)?>(nil)

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
    }

    func show(_ progress: FleetProgress) {
        if isTerminal {
            // Back to the line's beginning, and what the longer line before left is erased.
            write("\r\(Self.line(progress))\u{1B}[K")
        } else if isDue(progress) {
            write("\(Self.line(progress))\n")
        }
    }

    func end() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    /// A phase's first line is due at once.
    func isDue(_ progress: FleetProgress) -> Bool {
        last.withLock { last in
            if let last, last.phase == progress.phase, progress.elapsed - last.elapsed < Self.interval { return false }
            last = (progress.phase, progress.elapsed)
            return true
        }
    }

    static func line(_ progress: FleetProgress) -> String {
        let seconds = String(format: "%.1f s", progress.elapsed / .seconds(1))
        var line = "\(seconds)  \(progress.phase.rawValue): \(progress.openStreams) of \(progress.streams) streams open"
        if progress.published > 0 {
            line += ", \(progress.published) events published, \(progress.deliveries) delivered"
        }
        if let p99 = progress.latencyP99 { line += String(format: ", p99 %.2f ms", Double(p99) / 1e6) }
        return line
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
