// One line of the server's, without its end: which operation it is, and what it says.

internal import PeerText

/// What a line is.
enum ServerLine: Sendable, Equatable {
    /// All of an operation.
    case operation(ServerOperation)
    /// The beginning of a message.
    case message(MessageHead)
}

/// What the line of a message says, and where in it.
struct MessageHead: Sendable, Equatable {
    let subject: Range<Int>
    let subscription: SubscriptionID
    let reply: Range<Int>?
    /// How many bytes the header block has; nothing for `MSG`.
    let headerBytes: Int?
    /// How many bytes follow, the header block's included, without the line end behind them.
    let totalBytes: Int
}

extension ServerLine {
    /// Whether a line that is not whole yet may become an `INFO`.
    static func mayBeInfo(_ line: Span<UInt8>) -> Bool {
        let word = "info".utf8
        return zip(0..<min(line.count, word.count), word).allSatisfy { line[$0] | 0x20 == $1 }
    }

    /// Reads a line.
    ///
    /// - Parameter line: without CR LF.
    /// - Throws: ``NATSError`` with code `malformed`.
    init(_ line: Span<UInt8>) throws(NATSError) {
        var position = 0
        guard let verb = Words.next(in: line, at: &position) else { throw .malformed("line is empty") }
        switch Words.key(line, verb) {
        case Self.msg: self = .message(try Self.head(line, &position, hasHeader: false))
        case Self.hmsg: self = .message(try Self.head(line, &position, hasHeader: true))
        case Self.ping: self = .operation(.ping)
        case Self.pong: self = .operation(.pong)
        case Self.ok: self = .operation(.ok)
        case Self.err: self = .operation(.complaint(ServerComplaint(line: line.extracting(position...))))
        case Self.info: self = .operation(.info(try ServerInfo(json: Words.bytes(line, position..<line.count))))
        default: throw .malformed("operation is not known")
        }
    }

    // The names of the operations as numbers; their case is no matter.
    private static let msg = Words.key("msg")
    private static let hmsg = Words.key("hmsg")
    private static let ping = Words.key("ping")
    private static let pong = Words.key("pong")
    private static let ok = Words.key("+ok")
    private static let err = Words.key("-err")
    private static let info = Words.key("info")

    /// Reads `subject sid [reply] [header bytes] total bytes`.
    private static func head(
        _ line: Span<UInt8>, _ position: inout Int, hasHeader: Bool
    ) throws(NATSError) -> MessageHead {
        let subject = try Words.subject(Words.next(in: line, at: &position))
        let subscription = try Words.number(line, Words.next(in: line, at: &position), digits: 19)
        var word = Words.next(in: line, at: &position)
        var later = Words.next(in: line, at: &position)
        var last = hasHeader ? Words.next(in: line, at: &position) : nil
        var reply: Range<Int>?
        // With a reply there is a word more, before the sizes.
        let isLong = hasHeader ? last != nil : later != nil
        if isLong {
            reply = try Words.subject(word)
            (word, later, last) = (later, last, nil)
        }
        guard Words.next(in: line, at: &position) == nil, position == line.count else {
            throw .malformed("message line has too many words")
        }
        let size = try Words.number(line, word, digits: 9)
        guard hasHeader else {
            return MessageHead(
                subject: subject, subscription: SubscriptionID(number: subscription), reply: reply, headerBytes: nil,
                totalBytes: Int(size))
        }
        let total = try Words.number(line, later, digits: 9)
        guard size <= total else { throw .malformed("message has a header that is larger than all of it") }
        return MessageHead(
            subject: subject, subscription: SubscriptionID(number: subscription), reply: reply, headerBytes: Int(size),
            totalBytes: Int(total))
    }
}

/// The words of a line, with spaces and tabs between them.
private enum Words {
    /// Takes the next word.
    ///
    /// - Returns: where it stands; nothing when there is none, or when it has something that can't stand in a line.
    static func next(in line: Span<UInt8>, at position: inout Int) -> Range<Int>? {
        while position < line.count, isSpace(line[position]) { position += 1 }
        let start = position
        while position < line.count, Subject.canStandInLine(line[position]) { position += 1 }
        guard position == line.count || isSpace(line[position]) else {
            position = start
            return nil
        }
        return start < position ? start..<position : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// A short word as a number; 0, which no word is, for a longer one.
    static func key(_ line: Span<UInt8>, _ word: Range<Int>) -> UInt32 {
        guard word.count <= 4 else { return 0 }
        var key: UInt32 = 0
        // Of the letters in question this is the lower case; + and - stay, and nothing else becomes one of them.
        for index in word { key = key << 8 | UInt32(lower(line[index])) }
        return key
    }

    static func key(_ word: StaticString) -> UInt32 {
        word.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { ASCII.isLetter(byte) ? byte | 0x20 : byte }

    static func subject(_ word: Range<Int>?) throws(NATSError) -> Range<Int> {
        guard let word else { throw .malformed("message has no subject that could be one") }
        return word
    }

    static func number(_ line: Span<UInt8>, _ word: Range<Int>?, digits: Int) throws(NATSError) -> UInt64 {
        guard let word, word.count <= digits else { throw .malformed("message line has no number where one should be") }
        var number: UInt64 = 0
        for index in word {
            guard ASCII.isDigit(line[index]) else {
                throw .malformed("message line has no number where one should be")
            }
            number = number * 10 + UInt64(line[index] - 0x30)
        }
        return number
    }

    static func bytes(_ line: Span<UInt8>, _ range: Range<Int>) -> [UInt8] { range.map { line[$0] } }
}
