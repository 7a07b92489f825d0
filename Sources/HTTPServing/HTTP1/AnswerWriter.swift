// HTTP/1.1's answers as bytes (RFC 9112 §2.1). The answers of a connection have nearly the same head, one after the
// other: what is the same as in the last one is not written anew.

internal import EventStream
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

    /// What a head says of its connection and its time.
    private struct Terms {
        let persistence: Persistence
        let version: HTTPVersion
        let date: String

        func isSame(as other: Terms) -> Bool {
            persistence == other.persistence && version == other.version && date.hasSameBytes(as: other.date)
        }
    }

    /// All that a head says, but for the length of its body, and for its request's name.
    private struct Facts {
        let head: AnswerHead
        let terms: Terms

        /// Whether another answer says the same. By bytes: texts that Swift holds for equal are two to a client.
        func fit(_ other: AnswerHead, _ terms: Terms) -> Bool {
            guard terms.isSame(as: self.terms) else { return false }
            if head === other { return true }
            return head.status.code == other.status.code
                && head.fields.elementsEqual(other.fields) { one, other in
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
    private static let lastChunk: StaticString = "0\r\n\r\n"

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
        let framing = Framing.of(answer, version)
        let bytes = head(
            of: answer, Terms(persistence: persistence, version: version, date: date), named: requestID, framing,
            room: isShort ? body.readableBytes + Self.lastChunk.utf8CodeUnitCount : 0
        ) { bytes in
            if isShort { bytes.write(body) }
            // Only behind no body at all: what has one has its length.
            if framing == .chunks, !isHead { bytes.write(Self.lastChunk) }
        }
        return (bytes, isShort ? nil : body)
    }

    /// The head of a response that goes on. Over HTTP/1.0 it goes on until the connection ends.
    mutating func headOfStream(
        _ answer: Answer, named requestID: RequestID? = nil, version: HTTPVersion, date: String
    ) -> ByteBuffer {
        let framing: Framing = version.isAtLeast11 ? .chunks : .none
        return head(
            of: answer, Terms(persistence: .asUsual, version: version, date: date), named: requestID, framing, room: 0,
            behind: { _ in })
    }

    /// The head, and what `rest` writes behind it.
    ///
    /// - Parameter room: how many bytes that can be at the most.
    private mutating func head(
        of answer: Answer, _ terms: Terms, named requestID: RequestID?, _ framing: Framing, room: Int,
        behind rest: (inout ByteRun) -> Void
    ) -> ByteBuffer {
        let lines = lines(of: answer, terms)
        let room = lines.readableBytes + Self.framingRoom + room
        var bytes = ByteBufferAllocator().buffer(capacity: room)
        bytes.appendRun(room: room) { bytes in
            bytes.write(lines)
            if let requestID { bytes.write(requestID) }
            bytes.write(framing)
            rest(&bytes)
        }
        return bytes
    }

    /// The status line and the fields; those of the last answer where nothing is new.
    private mutating func lines(of answer: Answer, _ terms: Terms) -> ByteBuffer {
        let isAsBefore = facts?.fit(answer.head, terms) ?? false
        if isAsBefore, lines.readableBytes > 0 { return lines }
        let facts = Facts(head: answer.head, terms: terms)
        let lines = Self.lines(of: facts)
        // It may be the only one: its lines are kept when there is another.
        if isAsBefore { self.lines = lines } else { (self.facts, self.lines) = (facts, ByteBuffer()) }
        return lines
    }

    private static func lines(of facts: Facts) -> ByteBuffer {
        let (status, terms) = (facts.head.status, facts.terms)
        let room = facts.head.fields.reduce(lineRoom + status.reasonPhrase.utf8.count + terms.date.utf8.count) {
            $0 + $1.name.canonicalName.utf8.count + $1.value.utf8.count + 4
        }
        var bytes = ByteBufferAllocator().buffer(capacity: room)
        bytes.appendRun(room: room) { run in
            run.write("HTTP/" as StaticString)
            run.write(decimal: UInt64(terms.version.major))
            run.write(UInt8(ascii: "."))
            run.write(decimal: UInt64(terms.version.minor))
            run.write(UInt8(ascii: " "))
            run.write(decimal: UInt64(status.code))
            run.write(UInt8(ascii: " "))
            run.write(status.reasonPhrase)
            run.write("\r\ndate: " as StaticString)
            run.write(terms.date)
            for field in facts.head.fields {
                run.write("\r\n" as StaticString)
                run.write(field.name.canonicalName)
                run.write(": " as StaticString)
                run.write(field.value)
            }
            run.write("\r\n" as StaticString)
            run.write(terms.persistence.rawValue)
        }
        return bytes
    }

    /// What the lines have besides texts and fields: more than it is.
    private static let lineRoom = 128

    /// The request's name, the length and the empty line: more than these are.
    private static let framingRoom = 64 + RequestID.name.utf8.count + RequestID.byteLimit

    /// How the end of a body is known (RFC 9112 §6).
    enum Framing: Equatable {
        /// There is none, or it lasts as long as the connection.
        case none
        case length(Int)
        case chunks

        fileprivate static func of(_ answer: Answer, _ version: HTTPVersion) -> Framing {
            if let length = answer.declaredLength { return .length(length) }
            // An answer to HEAD that would be a stream's says what the stream's would (RFC 9110 §9.3.2).
            return answer.status.mayHaveBody && version.isAtLeast11 ? .chunks : .none
        }
    }
}

extension ByteRun {
    fileprivate mutating func write(_ requestID: RequestID) {
        write(RequestID.name)
        write(": " as StaticString)
        write(requestID.text)
        write("\r\n" as StaticString)
    }

    /// The field that says how the body is framed, and the end of the head.
    fileprivate mutating func write(_ framing: AnswerWriter.Framing) {
        switch framing {
        case .none: write("\r\n" as StaticString)
        case .length(let length):
            write("content-length: " as StaticString)
            write(decimal: UInt64(length))
            write("\r\n\r\n" as StaticString)
        case .chunks: write("transfer-encoding: chunked\r\n\r\n" as StaticString)
        }
    }
}

extension HTTPResponse.Status {
    /// RFC 9110 §6.4.1.
    fileprivate var mayHaveBody: Bool { code >= 200 && code != 204 && code != 304 }
}
