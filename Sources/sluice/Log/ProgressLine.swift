// How far a command is, on standard error: one line that changes on a terminal, and now and then a line elsewhere.

import Foundation
import Synchronization

/// Shows progress, not more often than somebody can read.
final class ProgressLine: Sendable {
    private let word: String
    private let isInBytes: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex((shown: ContinuousClock.now, isOpen: false))

    /// - Parameters:
    ///   - word: what is being done.
    ///   - isInBytes: whether bytes are counted.
    init(_ word: String, isInBytes: Bool = true) { (self.word, self.isInBytes) = (word, isInBytes) }

    @Sendable func show(_ done: Int, of all: Int) {
        let pause = isTerminal ? Duration.milliseconds(200) : .seconds(5)
        let isDue = state.withLock { state in
            guard state.shown.duration(to: .now) >= pause else { return false }
            state = (.now, isTerminal)
            return true
        }
        guard isDue else { return }
        let text = isInBytes ? "\(done >> 20) of \(all >> 20) MiB" : "\(done) of \(all)"
        write(isTerminal ? "\r\(word): \(text)  " : "\(word): \(text)\n")
    }

    /// Leaves the line.
    func end() { if state.withLock({ $0.isOpen }) { write("\n") } }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
