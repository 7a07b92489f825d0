// How many log lines of one kind a time has, as a value: what peers cause must not fill a disk.

internal import NIOCore

/// Lines of several kinds, each with a quota of its own.
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
    }

    /// Lines of one kind in one window.
    static let lines = 10
    static let window = TimeAmount.seconds(10)
    /// Kinds are ours, and few. Should they not be, all further ones are one kind.
    static let mostKinds = 256

    private var windows: [String: Window] = [:]

    mutating func rule(on kind: String, at now: NIODeadline) -> Ruling {
        let kind = windows[kind] == nil && windows.count >= Self.mostKinds ? "" : kind
        var window = windows[kind] ?? Window(began: now)
        if now - window.began >= Self.window { window = Window(began: now, leftOut: window.leftOut) }
        defer { windows[kind] = window }
        guard window.written < Self.lines else {
            window.leftOut += 1
            return .leaveOut
        }
        window.written += 1
        defer { window.leftOut = 0 }
        return .write(leftOut: window.leftOut)
    }
}
