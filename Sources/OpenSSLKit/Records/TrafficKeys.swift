// The traffic secrets of a handshake under way, which OpenSSL gives line by line. It derives nothing.

/// Collects the two secrets of application data. Counts the records that OpenSSL protects with them, and notes whether
/// anything else was agreed on that records depend on.
struct TrafficKeys {
    private var reading: TrafficKey?
    private var writing: TrafficKey?
    private var extensions = AgreedExtensions()

    /// Takes a line as OpenSSL gives it: label, client random and secret, the last two in hexadecimal.
    mutating func note(keyLogLine line: UnsafeRawBufferPointer) {
        if line.starts(with: Self.clientLabel) {
            reading = TrafficKey.holding(secret: Self.secret(in: line))
        } else if line.starts(with: Self.serverLabel) {
            writing = TrafficKey.holding(secret: Self.secret(in: line))
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

    private static let clientLabel = Array("CLIENT_TRAFFIC_SECRET_0 ".utf8)
    private static let serverLabel = Array("SERVER_TRAFFIC_SECRET_0 ".utf8)

    private static func secret(in line: UnsafeRawBufferPointer) -> some Collection<UInt8> {
        let start = line.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? line.endIndex
        return (0..<(line.endIndex - start) / 2).lazy.map { index in
            digit(line[start + 2 * index]) << 4 | digit(line[start + 2 * index + 1])
        }
    }

    private static func digit(_ character: UInt8) -> UInt8 {
        character & 0x0F + (character >= UInt8(ascii: "A") ? 9 : 0)
    }
}
