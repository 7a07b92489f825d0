internal import NIOCore

@testable internal import GatewayServer

/// What a proxy says of its client: the same client, however it was cut, and none of the client's own bytes is taken.
enum ProxyHeaderTarget {
    static func read(_ pieces: Pieces) {
        let (whole, left) = reading([pieces.whole])
        let (cut, rest) = reading(pieces.all)
        // A header that breaks off may be seen to be none before its end, or not.
        guard whole == cut else { preconditionFailure("\(whole) as a whole, \(cut) in pieces") }
        precondition(left == rest || whole == .invalid || whole == .missing, "other bytes are left for the client")
    }

    /// - Returns: what was read, and how many bytes are the client's.
    private static func reading(_ pieces: [ByteBuffer]) -> (ProxyHeaderReader.Reading, Int) {
        var (reader, bytes, reading) = (ProxyHeaderReader(), ByteBuffer(), ProxyHeaderReader.Reading.incomplete)
        for var piece in pieces {
            bytes.writeBuffer(&piece)
            if reading == .incomplete { reading = reader.read(&bytes) }
        }
        return (reading, reading == .incomplete ? 0 : bytes.readableBytes)
    }
}
