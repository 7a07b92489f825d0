// HTTP/1.1's answers as bytes (RFC 9112 §2.1). The answers of a connection have nearly the same head, one after the
// other: what is the same as in the last one is not written anew.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import PeerText

/// Writes answers, and remembers the head of the last one.
struct AnswerWriter {
    /// What an answer says of its connection (RFC 9112 §9.3).
    enum Persistence: String {
        /// What the version says by itself.
        case asUsual = ""
        case keepAlive = "connection: keep-alive\r\n"
        case close = "connection: close\r\n"
    }

    /// All that a head says, but for the length of its body, and for its request's name.
    private struct Facts {
        let status: HTTPResponse.Status
        let fields: HTTPFields
        let persistence: Persistence
        let version: HTTPVersion
        let date: String

        /// By bytes: texts that Swift holds for equal are two to a client.
        func isSame(as other: Facts) -> Bool {
            status.code == other.status.code && persistence == other.persistence && version == other.version
                && date.hasSameBytes(as: other.date)
                && fields.elementsEqual(other.fields) { one, other in
                    one.name.canonicalName.hasSameBytes(as: other.name.canonicalName)
                        && one.value.hasSameBytes(as: other.value)
                }
        }
    }

    private var facts: Facts?
    private var lines = ByteBuffer()

    /// A body that is longer has a buffer of its own, and is not copied.
    static let shortBody = 4096
    /// RFC 9110 §15.2.1.
    static let goOn = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
    /// The chunk that ends a response (RFC 9112 §7.1).
    private static let lastChunk = "0\r\n\r\n"

    /// A whole answer: its head, and as much of its body as fits into the same buffer.
    ///
    /// - Parameters:
    ///   - requestID: what its request is called.
    ///   - isHead: whether the request was HEAD: no body follows, whatever the head says (RFC 9110 §9.3.2).
    /// - Returns: what goes first, and what behind it.
    mutating func bytes(
        of answer: Answer, named requestID: RequestID? = nil, version: HTTPVersion, isHead: Bool,
        _ persistence: Persistence, date: String
    ) -> (ByteBuffer, ByteBuffer?) {
        let body = isHead ? ByteBuffer() : answer.body
        let isShort = body.readableBytes <= Self.shortBody
        var bytes = start(
            Facts(
                status: answer.status, fields: answer.fields, persistence: persistence, version: version, date: date),
            room: isShort ? body.readableBytes : 0)
        if let requestID { bytes.write(requestID) }
        let framing = Framing(answer, version)
        bytes.write(framing)
        if isShort { bytes.writeImmutableBuffer(body) }
        // Only behind no body at all: what has one has its length.
        if framing == .chunks, !isHead { bytes.writeString(Self.lastChunk) }
        return (bytes, isShort ? nil : body)
    }

    /// The head of a response that goes on. Over HTTP/1.0 it goes on until the connection ends.
    mutating func headOfStream(
        _ answer: Answer, named requestID: RequestID? = nil, version: HTTPVersion, date: String
    ) -> ByteBuffer {
        var bytes = start(
            Facts(
                status: answer.status, fields: answer.fields, persistence: .asUsual, version: version, date: date),
            room: 0)
        if let requestID { bytes.write(requestID) }
        bytes.write(version.isAtLeast11 ? .chunks : .none)
        return bytes
    }

    /// The status line and the fields, in a buffer with room for what follows.
    private mutating func start(_ facts: Facts, room: Int) -> ByteBuffer {
        guard let last = self.facts, last.isSame(as: facts) else {
            // It may be the only one: its lines are kept when there is another.
            (self.facts, lines) = (facts, ByteBuffer())
            return Self.lines(of: facts, room: room)
        }
        if lines.readableBytes == 0 { lines = Self.lines(of: facts, room: 0) }
        var bytes = ByteBufferAllocator().buffer(capacity: lines.readableBytes + Self.framingBytes + room)
        bytes.writeImmutableBuffer(lines)
        return bytes
    }

    private static func lines(of facts: Facts, room: Int) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: 512 + room)
        bytes.writeString("HTTP/\(facts.version.major).\(facts.version.minor) \(facts.status.code) ")
        bytes.writeString(facts.status.reasonPhrase)
        bytes.writeString("\r\ndate: ")
        bytes.writeString(facts.date)
        for field in facts.fields {
            bytes.writeString("\r\n")
            bytes.writeString(field.name.canonicalName)
            bytes.writeString(": ")
            bytes.writeString(field.value)
        }
        bytes.writeString("\r\n")
        bytes.writeString(facts.persistence.rawValue)
        return bytes
    }

    /// The request's name, the length and the empty line: more than these are.
    private static let framingBytes = 128

    /// How the end of a body is known (RFC 9112 §6).
    enum Framing: Equatable {
        /// There is none, or it lasts as long as the connection.
        case none
        case length(Int)
        case chunks

        fileprivate init(_ answer: Answer, _ version: HTTPVersion) {
            if let length = answer.declaredLength {
                self = .length(length)
            } else {
                // An answer to HEAD that would be a stream's says what the stream's would (RFC 9110 §9.3.2).
                self = answer.status.mayHaveBody && version.isAtLeast11 ? .chunks : .none
            }
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ requestID: RequestID) {
        writeString(RequestID.name)
        writeString(": ")
        writeString(requestID.text)
        writeString("\r\n")
    }

    /// The field that says how the body is framed, and the end of the head.
    fileprivate mutating func write(_ framing: AnswerWriter.Framing) {
        switch framing {
        case .none: writeString("\r\n")
        case .length(let length):
            writeString("content-length: ")
            writeString(String(length))
            writeString("\r\n\r\n")
        case .chunks: writeString("transfer-encoding: chunked\r\n\r\n")
        }
    }
}

extension HTTPResponse.Status {
    /// RFC 9110 §6.4.1.
    fileprivate var mayHaveBody: Bool { code >= 200 && code != 204 && code != 304 }
}
