// The traffic secrets of a handshake under way, as the key schedule makes them. It derives nothing.

/// Collects the two secrets of application data. Counts the records that OpenSSL protects with them, and notes whether
/// anything else was agreed on that records depend on.
struct TrafficKeys {
    private var reading: TrafficKey?
    private var writing: TrafficKey?
    private var extensions = AgreedExtensions()

    /// Takes note of a secret of the schedule (RFC 8446 §7.1). Any other than the two is ignored.
    ///
    /// - Parameter label: what it was derived for, without the `tls13 ` before it.
    mutating func note(_ secret: UnsafeRawBufferPointer, derivedFor label: UnsafeRawBufferPointer) {
        if label.areThose(of: "c ap traffic") {
            reading = TrafficKey.holding(secret: secret)
        } else if label.areThose(of: "s ap traffic") {
            writing = TrafficKey.holding(secret: secret)
        }
    }

    /// OpenSSL has read or written a record. A record before there is a key was under a handshake key.
    func countRecord(isWriting: Bool) { (isWriting ? writing : reading)?.skipRecord() }

    /// OpenSSL has sent a handshake message.
    mutating func note(sent message: UnsafeRawBufferPointer) { extensions.note(sent: message) }

    /// Gives both keys away, if both are there, and everything that was agreed on is known here.
    mutating func take() -> (reading: TrafficKey, writing: TrafficKey)? {
        defer { (reading, writing) = (nil, nil) }
        guard let reading, let writing, extensions.areHarmless else { return nil }
        return (reading, writing)
    }
}
