// Lines that peers can cause: so many of each reason in ten seconds. Those beyond are counted, and a later line says
// how many they were.

internal import Logging
internal import NIOCore
internal import Synchronization

/// Writes lines of one message within a quota by reason. Called on any event loop.
final class QuotaLog: Sendable {
    private let message: Logger.Message
    private let logger: Logger
    private let quota: Mutex<LineQuota>
    private let leftOut: @Sendable () -> Void

    /// - Parameters:
    ///   - message: what all of its lines say. At `info`.
    ///   - lines: of one reason in ten seconds.
    ///   - leftOut: told of each line that is not written.
    init(
        _ message: Logger.Message, to logger: Logger, lines: Int = LineQuota().lines,
        leftOut: @escaping @Sendable () -> Void = {}
    ) {
        (self.message, self.logger, self.leftOut) = (message, logger, leftOut)
        quota = Mutex(LineQuota(lines: lines))
    }

    /// - Parameters:
    ///   - reason: what the line counts as. Ours, never a peer's text.
    ///   - cause: the user or the address that it is about, which has a share of the reason's lines.
    ///   - metadata: makes what it says, when it is written.
    func write(
        _ reason: String, by cause: @autoclosure () -> String? = nil, _ metadata: () -> Logger.Metadata
    ) {
        guard logger.logLevel <= .info else { return }
        let ruling = quota.withLock { $0.rule(on: reason, by: cause(), at: .now()) }
        guard case .write(let before) = ruling else { return leftOut() }
        var metadata = metadata()
        metadata["left_out"] = before > 0 ? .stringConvertible(before) : nil
        logger.info(message, metadata: metadata)
    }

    /// Tells of what was left out, where no line of its kind has come since. Call it about once a second.
    func tellLeftOut(at now: NIODeadline = .now()) {
        for (reason, count) in quota.withLock({ $0.takeUntold(at: now) }) {
            logger.info(
                "Lines were left out.",
                metadata: [
                    "of": "\(message)", "reason": "\(reason)", "left_out": .stringConvertible(count),
                ])
        }
    }
}
