// How many records without data a peer may send over time. A value: the time is passed in. It reads no record.

internal import NIOCore

/// What a peer may still spend on records without data.
///
/// A key update, a warning, an empty record or a refused renegotiation costs us a decryption at least, and brings
/// nothing. So they are counted over time, whatever data comes between them: an honest peer sends few, but may do so
/// for as long as the connection lives (RFC 8446 §4.6.3, §5.5). Data earns more of them, because some clients change
/// their keys after so many bytes (Java's `jdk.tls.keyLimits`).
struct ControlBudget: Equatable {
    /// So many records without data a peer may send at once.
    static let records = 64
    /// In so much time as many again.
    static let period = TimeAmount.seconds(10)
    /// So many bytes of data earn one more: a full record's (RFC 8446 §5.1).
    static let earningBytes = 16_384

    private static let refill = TimeAmount.nanoseconds(period.nanoseconds / Int64(records))

    private var left = Int32(records)
    private var unearnedBytes: Int32 = 0
    /// Until when `left` has been refilled; nothing has been spent before the first time.
    private var refilled = NIODeadline.distantPast

    /// Takes one record from the budget.
    ///
    /// - Returns: false when there is none left: the peer has to go.
    mutating func spend(at now: NIODeadline) -> Bool {
        refill(at: now)
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    /// Data came in a record; earns what a record costs for each ``earningBytes`` of it.
    mutating func received(bytes: Int) {
        unearnedBytes += Int32(clamping: bytes)
        earn(UInt64(unearnedBytes / Int32(Self.earningBytes)))
        unearnedBytes %= Int32(Self.earningBytes)
    }

    /// Data was sent in so many records, or a record that was paid for had data.
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
