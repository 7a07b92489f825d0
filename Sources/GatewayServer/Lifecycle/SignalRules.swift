// What a signal does to a gateway. A rule without IO: `SignalWatch` catches the signals.

/// The signals that come from operators, service managers and terminals.
enum OperatorSignal: Int32, Sendable, CaseIterable {
    case hangup = 1
    case interrupt = 2
    case user1 = 10
    case user2 = 12
    case terminate = 15

    /// What `kill -l` calls it.
    var name: String {
        switch self {
        case .hangup: "SIGHUP"
        case .interrupt: "SIGINT"
        case .user1: "SIGUSR1"
        case .user2: "SIGUSR2"
        case .terminate: "SIGTERM"
        }
    }
}

/// Decides what a signal does. The first that asks for an end drains, and the second ends at once. A hangup reloads.
/// Others are ignored with a line.
struct SignalRules: Sendable {
    /// What to do.
    enum Action: Sendable, Equatable {
        /// End the streams over `shutdown.drain`.
        case drain
        /// Cut off what is still open.
        case endNow
        /// Read the configuration, and the files that it names, anew.
        case reload
        /// Go on, and log this.
        case goOn(String)
    }

    /// The signal that ended the drain.
    private(set) var cutShortBy: OperatorSignal?
    /// Whether the end has been asked for.
    private(set) var isDraining = false

    /// - Parameters:
    ///   - signal: the one that came.
    ///   - isTerminalGone: whether the terminal that the program was started in has been closed, which causes a hangup,
    ///     too.
    mutating func received(_ signal: OperatorSignal, isTerminalGone: Bool = false) -> Action {
        switch signal {
        case .interrupt, .terminate: return end(signal)
        case .hangup where isTerminalGone: return isDraining ? .goOn("The terminal is gone already.") : end(signal)
        case .hangup: return isDraining ? .goOn("The gateway is stopping.") : .reload
        case .user1, .user2:
            return .goOn("There is no log file to reopen: the log goes to standard error.")
        }
    }

    private mutating func end(_ signal: OperatorSignal) -> Action {
        guard isDraining else {
            isDraining = true
            return .drain
        }
        cutShortBy = cutShortBy ?? signal
        return .endNow
    }
}
