// How many log lines of one kind a time has, as a value: what peers cause must not fill a disk.

internal import NIOCore

/// Lines of several kinds, each with a quota of its own, of which nobody who causes them has more than a share.
struct LineQuota: Sendable {
    /// What becomes of a line.
    enum Ruling: Equatable {
        /// It is written, and says how many of its kind were left out before.
        case write(leftOut: Int)
        case leaveOut
    }

    private struct Window {
        var began: NIODeadline
        var written = 0
        var leftOut = 0
        /// By who caused them. Only who has a line here is in it, so they are no more than the lines.
        var causes: [String: Int] = [:]
    }

    static let window = TimeAmount.seconds(10)
    /// Kinds are ours, and few. Should they not be, all further ones are one kind.
    static let mostKinds = 256
    /// Of a kind's lines one user or address has at most this part, and one line.
    static let share = 4

    /// Lines of one kind in one window.
    let lines: Int
    private var windows: [String: Window] = [:]

    /// - Parameter lines: of one kind in one window.
    init(lines: Int = 10) { self.lines = lines }

    /// - Parameter cause: the user or the address that the line is about. One who comes back each second would
    ///   otherwise have all lines, and nobody else's would be written.
    mutating func rule(
        on kind: String, by cause: @autoclosure () -> String? = nil, at now: NIODeadline
    ) -> Ruling {
        let kind = windows[kind] == nil && windows.count >= Self.mostKinds ? "" : kind
        var window = windows[kind] ?? Window(began: now)
        if now - window.began >= Self.window { window = Window(began: now, leftOut: window.leftOut) }
        defer { windows[kind] = window }
        // Asked only while there are lines: of a flood, most have none.
        let cause = window.written < lines ? cause() : nil
        let isTooMany = cause.map { window.causes[$0] ?? 0 >= mostOfOne } ?? false
        guard window.written < lines, !isTooMany else {
            window.leftOut += 1
            return .leaveOut
        }
        window.written += 1
        if let cause { window.causes[cause, default: 0] += 1 }
        defer { window.leftOut = 0 }
        return .write(leftOut: window.leftOut)
    }

    private var mostOfOne: Int { (lines + Self.share - 1) / Self.share }

    /// The kinds whose time is over, and that no line has told of since: each with how many lines were left out.
    /// Afterwards they begin anew.
    mutating func takeUntold(at now: NIODeadline) -> [(kind: String, leftOut: Int)] {
        let over = windows.filter { now - $0.value.began >= Self.window }
        for kind in over.keys { windows[kind] = nil }
        return over.filter { $0.value.leftOut > 0 }.map { ($0.key, $0.value.leftOut) }.sorted { $0.0 < $1.0 }
    }
}
