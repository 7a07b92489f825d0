// How late an event loop is. A value; the time is passed in.

internal import NIOCore

/// What one late beat of a loop says of the time that it was not there.
enum LoopLag {
    /// The lags to count, in microseconds: that of the beat, and those of the beats that it stands for. Work that comes
    /// to a loop that stands still for two seconds waits for anything between two seconds and none, and a single count
    /// among those of all its good beats would hide that.
    static func lags(at now: NIODeadline, due: NIODeadline) -> [UInt64] {
        let late = max(0, (now - due).nanoseconds)
        return stride(from: late, through: 0, by: -Int(LoopPulses.beat.nanoseconds)).prefix(most)
            .map { UInt64($0) / 1000 }
    }

    /// A minute's: a process that was stopped for a day has not been late all the time.
    private static let most = 600
}
