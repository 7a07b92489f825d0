import Dispatch
import Foundation

/// Makes Ctrl-C and SIGTERM the normal end of a command that has no other.
struct TerminationSignals {
    private let sources: [any DispatchSourceSignal]

    /// Exits with 0 on the first signal. Every event is written before the next is read, so nothing is lost.
    static func exitZero() -> TerminationSignals {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { exit(0) }
            source.resume()
            return source
        }
        return TerminationSignals(sources: sources)
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}
