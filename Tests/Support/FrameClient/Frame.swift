// HTTP/2's frames as bytes and as values (RFC 9113 §4, §6), written by hand so that a test can also write wrong ones.

/// One frame.
package struct Frame: Sendable, Equatable {
    /// RFC 9113 §6.
    package enum Kind: UInt8, Sendable {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    package var type: UInt8
    package var flags: UInt8
    package var stream: UInt32
    package var payload: [UInt8]
    /// The fields of a complete header block.
    package var fields: [String: String] = [:]

    package init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.init(type: kind.rawValue, flags: flags, stream: stream, payload)
    }

    package init(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    package var kind: Kind? { Kind(rawValue: type) }
    package var text: String { String(decoding: payload, as: UTF8.self) }
    package var endsStream: Bool { flags & Self.endStream != 0 }
    package var isAcknowledgement: Bool { flags & Self.acknowledgement != 0 }
    /// The error code of RST_STREAM and GOAWAY.
    package var errorCode: UInt32? {
        switch kind {
        case .reset: Self.number(payload[...])
        case .goAway: Self.number(payload.dropFirst(4))
        default: nil
        }
    }
    /// The last stream that GOAWAY names.
    package var lastStream: UInt32? { kind == .goAway ? Self.number(payload[...]) : nil }

    package static let endStream: UInt8 = 0x1
    package static let acknowledgement: UInt8 = 0x1
    package static let endHeaders: UInt8 = 0x4

    /// As it is on the wire.
    package var bytes: [UInt8] {
        let length = UInt32(payload.count)
        return Array(Self.bytes(length).dropFirst()) + [type, flags] + Self.bytes(stream) + payload
    }

    /// Four bytes, the most significant first.
    package static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }

    static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension Frame {
    /// What a client begins with (RFC 9113 §3.4).
    package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// SETTINGS: identifiers and values.
    package static func settings(_ values: [(UInt16, UInt32)] = []) -> Frame {
        Frame(.settings, values.flatMap { bytes(UInt32($0.0)).suffix(2) + bytes($0.1) })
    }

    package static let settingsAcknowledgement = Frame(.settings, flags: acknowledgement)

    package static func windowUpdate(_ stream: UInt32, _ count: UInt32) -> Frame {
        Frame(.windowUpdate, stream: stream, bytes(count))
    }

    package static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Frame {
        Frame(.reset, stream: stream, bytes(code))
    }

    package static func ping(_ number: UInt8 = 0, acknowledges: Bool = false) -> Frame {
        Frame(.ping, flags: acknowledges ? acknowledgement : 0, Array(repeating: number, count: 8))
    }

    package static func data(_ stream: UInt32, _ text: String, ends: Bool = false) -> Frame {
        Frame(.data, flags: ends ? endStream : 0, stream: stream, Array(text.utf8))
    }

    /// HEADERS with everything in one frame.
    package static func headers(_ stream: UInt32, _ fields: [(String, String)], ends: Bool = true) -> Frame {
        Frame(.headers, flags: endHeaders | (ends ? endStream : 0), stream: stream, block(fields))
    }

    /// A GET.
    package static func request(_ stream: UInt32, _ path: String, _ fields: [(String, String)] = []) -> Frame {
        request(stream, "GET", path, fields)
    }

    /// A request.
    package static func request(
        _ stream: UInt32, _ method: String, _ path: String, _ fields: [(String, String)] = [], ends: Bool = true
    ) -> Frame {
        headers(
            stream,
            [(":method", method), (":scheme", "https"), (":authority", "sluice"), (":path", path)] + fields, ends: ends)
    }

    /// A header block: literals without indexing and without Huffman's code (RFC 7541 §6.2.2).
    package static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + string(name) + string(value) }
    }

    private static func string(_ text: String) -> [UInt8] {
        let utf8 = Array(text.utf8)
        return integer(utf8.count, prefixBits: 7) + utf8
    }

    /// RFC 7541 §5.1.
    package static func integer(_ number: Int, prefixBits: Int, flags: UInt8 = 0) -> [UInt8] {
        let limit = 1 << prefixBits - 1
        guard number >= limit else { return [flags | UInt8(number)] }
        var bytes = [flags | UInt8(limit)]
        var rest = number - limit
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
