// What a proxy says of its client before it passes on the client's bytes: HAProxy's PROXY protocol, versions 1 and 2
// (doc/proxy-protocol.txt of HAProxy, here "the spec"). A rule as a value; bytes in any pieces.

internal import NIOCore
internal import PeerText

/// Reads one header.
///
/// It looks at no more than the longest line of version 1, or the addresses of version 2. What follows them, such as
/// what the proxy knows of the client's TLS, is thrown away as it comes.
struct ProxyHeaderReader: Sendable {
    /// What has come of the header.
    enum Reading: Equatable {
        case incomplete
        /// All of it; what is left in the buffer is the client's. Nothing for a connection that is the proxy's own, or
        /// whose client has no IP address (spec §2.1 UNKNOWN, §2.2 LOCAL and AF_UNSPEC): it counts as the proxy's.
        case complete(client: ClientAddress?)
        /// The proxy sends no header (spec §2: who is told to expect one must not guess).
        case missing
        /// It sends one that the spec does not have.
        case invalid
    }

    /// Set once what matters of version 2 has been read: the client, and how many bytes still belong to the header.
    private var tail: (client: ClientAddress?, count: Int)?

    /// - Parameter bytes: all that came and was not read yet.
    mutating func read(_ bytes: inout ByteBuffer) -> Reading {
        if tail != nil { return skipTail(&bytes) }
        switch bytes.readableBytesView.first {
        case nil: return .incomplete
        case Self.signature.first: return readBinary(&bytes)
        default: return readLine(&bytes)
        }
    }

    // MARK: Version 1 (spec §2.1): a line of text

    /// With both line ends.
    private static let longestLine = 107
    private static let word = Array("PROXY ".utf8)

    private func readLine(_ bytes: inout ByteBuffer) -> Reading {
        let view = bytes.readableBytesView.prefix(Self.longestLine)
        guard view.starts(with: Self.word.prefix(view.count)) else { return .missing }
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            return view.count < Self.longestLine ? .incomplete : .invalid
        }
        let line = view[..<end]
        guard line.last == UInt8(ascii: "\r") else { return .invalid }
        let text = String(decoding: line.dropFirst(Self.word.count).dropLast(), as: UTF8.self)
        bytes.moveReaderIndex(to: view.index(after: end))
        return Self.client(inLine: text)
    }

    /// - Parameter text: `TCP4 192.0.2.1 198.51.100.1 4711 443`, or `UNKNOWN` and anything.
    private static func client(inLine text: String) -> Reading {
        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        if words.first?.isSame(as: "UNKNOWN") == true { return .complete(client: nil) }
        guard words.count == 5, let client = ClientAddress(words[1]), ClientAddress(words[2]) != nil,
            isPort(words[3]), isPort(words[4])
        else { return .invalid }
        let hasColon = words[1].contains(UInt8(ascii: ":"))
        let isKnown = words[0].isSame(as: hasColon ? "TCP6" : "TCP4")
        return isKnown ? .complete(client: client) : .invalid
    }

    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        guard (1...5).contains(text.count), text.allSatisfy(ASCII.isDigit) else { return false }
        return text.count == 1 || text.first != UInt8(ascii: "0") && UInt16(Substring(text)) != nil
    }

    // MARK: Version 2 (spec §2.2): 16 bytes, addresses, and what else the proxy knows

    static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    private static let fixedLength = 16

    private mutating func readBinary(_ bytes: inout ByteBuffer) -> Reading {
        let start = bytes.readableBytesView.prefix(Self.signature.count)
        guard start.elementsEqual(Self.signature.prefix(start.count)) else { return .missing }
        var rest = bytes
        rest.moveReaderIndex(forwardBy: start.count)
        guard let (command, family, length) = rest.readMultipleIntegers(as: (UInt8, UInt8, UInt16).self) else {
            return .incomplete
        }
        // Version 2, LOCAL or PROXY; three families beside none, two transports beside none. Others must be refused.
        guard command == 0x20 || command == 0x21, family >> 4 <= 3, family & 15 <= 2 else { return .invalid }
        let size = command == 0x21 ? Self.addressSizes[family] ?? 0 : 0
        // The source's address comes first, then the destination's, then both ports.
        let block = size > 0 ? 2 * size + 4 : 0
        guard block <= length else { return .invalid }
        guard rest.readableBytes >= block else { return .incomplete }
        let client = ClientAddress(networkBytes: rest.readableBytesView.prefix(size))
        bytes.moveReaderIndex(forwardBy: Self.fixedLength)
        tail = (client, Int(length))
        return skipTail(&bytes)
    }

    /// TCP over IPv4 and IPv6. Of others the addresses are of no use to us.
    private static let addressSizes: [UInt8: Int] = [0x11: 4, 0x21: 16]

    private mutating func skipTail(_ bytes: inout ByteBuffer) -> Reading {
        guard let (client, count) = tail else { return .incomplete }
        let skipped = min(count, bytes.readableBytes)
        bytes.moveReaderIndex(forwardBy: skipped)
        tail = (client, count - skipped)
        return skipped == count ? .complete(client: client) : .incomplete
    }
}
