// How many records without data a peer may send over time. A value: the time is passed in. It reads no record.

internal import NIOCore

/// How many records without data a peer may still send.
///
/// A key update, a warning, an empty record or a refused renegotiation costs us at least a decryption, and carries
/// nothing. So they are counted over time, whatever data comes between them. An honest peer sends few, but may do so
/// for as long as the connection lives (RFC 8446 §4.6.3, §5.5). Data earns more of them, because some clients change
/// their keys after a number of bytes (Java's `jdk.tls.keyLimits`).
struct ControlBudget: Equatable {
    /// How many records without data a peer may send at once.
    static let records = 64
    /// After this time it may send as many again.
    static let period = TimeAmount.seconds(10)
    /// This many bytes of data earn one more: those of a full record (RFC 8446 §5.1).
    static let earningBytes = 16_384

    private static let refill = TimeAmount.nanoseconds(period.nanoseconds / Int64(records))

    private var left = Int32(records)
    private var unearnedBytes: Int32 = 0
    /// Until when `left` has been refilled; nothing has been spent before the first time.
    private var refilled = NIODeadline.distantPast

    /// Takes one record from the budget.
    ///
    /// - Returns: false when none is left. The connection has to end then.
    mutating func spend(at now: NIODeadline) -> Bool {
        refill(at: now)
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    /// Data arrived in a record. Each ``earningBytes`` of data earn one record.
    mutating func received(bytes: Int) {
        unearnedBytes += Int32(clamping: bytes)
        earn(UInt64(unearnedBytes / Int32(Self.earningBytes)))
        unearnedBytes %= Int32(Self.earningBytes)
    }

    /// Adds this many records: data was sent in them, or a record that was taken from the budget had data.
    mutating func earn(_ records: UInt64) {
        left += Int32(clamping: min(records, UInt64(Int32(Self.records) - left)))
    }

    private mutating func refill(at now: NIODeadline) {
        guard refilled > .distantPast else { return refilled = now }
        let count = max(0, (now - refilled).nanoseconds / Self.refill.nanoseconds)
        earn(UInt64(count))
        refilled = refilled + .nanoseconds(count * Self.refill.nanoseconds)
    }
}
