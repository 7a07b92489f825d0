internal import GatewayClient
internal import NIOCore

/// Reads HTTP/1.1 responses (RFC 9112) from the bytes of one connection, at the cost of a slice per chunk.
///
/// It trusts the gateway, as a load generator may. What it does not understand is an error, and it keeps no header
/// field.
struct RawResponseReader: Sendable {
    /// A part of a response.
    enum Part: Equatable {
        case head(status: Int)
        case body(ByteBuffer)
        case end
    }

    private enum State {
        case head
        case fixed(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailer
        /// The body ends with the connection.
        case untilClose
    }

    /// The longest head, in bytes.
    private static let headLimit = 64 << 10
    private static let lineLimit = 1 << 10

    private var state = State.head
    private var input = ByteBuffer()

    /// Takes the connection's next bytes.
    mutating func append(_ bytes: ByteBuffer) {
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
    }

    /// The next part.
    ///
    /// - Returns: `nil` when more bytes are needed.
    /// - Throws: `GatewayClientError` with code `invalidResponse`; the connection is of no use then.
    mutating func next() throws(GatewayClientError) -> Part? {
        while true {
            switch state {
            case .head: return try readHead()
            case .fixed(0): return end()
            case .fixed(let remaining): return body(remaining) { .fixed(remaining: $0) }
            case .chunkSize:
                guard let size = try readChunkSize() else { return rest() }
                state = size == 0 ? .trailer : .chunk(remaining: size)
            case .chunk(0): state = .chunkEnd
            case .chunk(let remaining): return body(remaining) { .chunk(remaining: $0) }
            case .chunkEnd:
                guard let line = try readLine() else { return rest() }
                guard line.readableBytes == 0 else { throw Self.invalid("a chunk is longer than its size") }
                state = .chunkSize
            case .trailer:
                guard let line = try readLine() else { return rest() }
                if line.readableBytes == 0 { return end() }
            case .untilClose: return body(.max) { _ in .untilClose }
            }
        }
    }

    private mutating func end() -> Part {
        state = .head
        return .end
    }

    private mutating func body(_ remaining: Int, _ next: (Int) -> State) -> Part? {
        guard let bytes = input.readSlice(length: min(remaining, input.readableBytes)), bytes.readableBytes > 0 else {
            return rest()
        }
        state = next(remaining - bytes.readableBytes)
        return .body(bytes)
    }

    /// More bytes are needed. An empty buffer is dropped, because it would keep the memory of the last read, once per
    /// stream.
    private mutating func rest() -> Part? {
        if input.readableBytes == 0 { input = ByteBuffer() }
        return nil
    }

    // MARK: Framing

    private mutating func readHead() throws(GatewayClientError) -> Part? {
        let head = RawResponseHead(input.readableBytesUInt8Span)
        guard let length = head.length else {
            guard input.readableBytes <= Self.headLimit else { throw Self.invalid("its head is too long") }
            return rest()
        }
        input.moveReaderIndex(forwardBy: length)
        guard let status = head.status else { throw Self.invalid("it is not HTTP/1.1") }
        state =
            switch status == 204 ? .length(0) : head.framing {
            case .chunked: .chunkSize
            case .length(let length): .fixed(remaining: length)
            case .close: .untilClose
            case nil: throw Self.invalid("its Content-Length is no number")
            }
        return .head(status: status)
    }

    private mutating func readChunkSize() throws(GatewayClientError) -> Int? {
        guard let line = try readLine() else { return nil }
        let digits = line.readableBytesView.prefix { $0 != UInt8(ascii: ";") }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
            throw Self.invalid("a chunk has no size")
        }
        return size
    }

    /// A line without its CR LF.
    private mutating func readLine() throws(GatewayClientError) -> ByteBuffer? {
        guard let lineFeed = input.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            guard input.readableBytes <= Self.lineLimit else { throw Self.invalid("a line does not end") }
            return nil
        }
        let length = lineFeed - input.readerIndex
        guard length > 0, let line = input.readSlice(length: length - 1), input.readInteger(as: UInt16.self) == 0x0D0A
        else { throw Self.invalid("a line ends without CR LF") }
        return line
    }

    private static func invalid(_ reason: String) -> GatewayClientError {
        GatewayClientError(code: .invalidResponse, message: "the answer cannot be read: \(reason)")
    }
}
