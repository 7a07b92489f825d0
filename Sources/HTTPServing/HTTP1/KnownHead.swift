// The head of a connection's last request, by its bytes. A publisher sends the same one again and again, or one that
// differs in the length of the body alone. What a head says depends on nothing in front of it, so it is decoded once.

internal import NIOCore
internal import NIOHTTP1
internal import PeerText

/// A head that has been decoded, to be recognised when it comes again.
///
/// It is of a request that has its length in `Content-Length` (RFC 9112 §6.2), and behind which another may follow.
struct KnownHead {
    private let head: HTTPRequestHead
    private let bytes: [UInt8]
    /// Where in them the length stands.
    private let digits: Range<Int>

    /// More would count bytes that no machine holds.
    private static let digitLimit = 15

    /// - Parameters:
    ///   - head: as it was decoded.
    ///   - bytes: what it was decoded from, from the beginning of its message to its empty line.
    init?(_ head: HTTPRequestHead, from bytes: UnsafeRawBufferPointer) {
        guard case .length(let length) = BodyFraming(head), head.mayBeFollowed,
            let digits = Self.digits(in: bytes, of: length)
        else { return nil }
        self.head = head
        self.bytes = Array(bytes)
        self.digits = digits
    }

    /// The same head, come again.
    struct Match {
        let head: HTTPRequestHead
        /// How many bytes it took up.
        let byteCount: Int
        /// How many the body has.
        let length: Int
        /// Whether the length is the same, too.
        let isSame: Bool
    }

    /// Compares what has come, from the beginning of a message on.
    func match(_ input: UnsafeRawBufferPointer) -> Match? {
        bytes.withUnsafeBytes { own in
            guard input.count >= own.count - digits.count,
                input.begins(with: UnsafeRawBufferPointer(rebasing: own[..<digits.lowerBound]))
            else { return nil }
            let rest = UnsafeRawBufferPointer(rebasing: input[digits.lowerBound...])
            guard let number = Number(rest, limit: Self.digitLimit) else { return nil }
            let behind = UnsafeRawBufferPointer(rebasing: own[digits.upperBound...])
            guard UnsafeRawBufferPointer(rebasing: rest[number.digitCount...]).begins(with: behind) else { return nil }
            let isSame = number.digitCount == digits.count && rest.begins(with: .init(rebasing: own[digits]))
            return Match(
                head: isSame ? head : head.with(length: number),
                byteCount: digits.lowerBound + number.digitCount + behind.count, length: number.value, isSame: isSame)
        }
    }

    /// Finds the line of the length, and in it the number. A line that goes on with another field's value begins with
    /// a space, so that no value is taken for a field.
    private static func digits(in bytes: UnsafeRawBufferPointer, of length: Int) -> Range<Int>? {
        var start = 0
        while let lineFeed = bytes.offset(of: UInt8(ascii: "\n"), from: start) {
            let line = bytes[start..<lineFeed]
            if let colon = line.firstIndex(of: UInt8(ascii: ":")),
                String(decoding: line[..<colon], as: UTF8.self).equalsIgnoringCase("content-length")
            {
                let first = line[(colon + 1)...].firstIndex { !ASCII.isSpace($0) } ?? lineFeed
                let rest = UnsafeRawBufferPointer(rebasing: bytes[first...])
                guard let number = Number(rest, limit: digitLimit), number.value == length else { return nil }
                return first..<(first + number.digitCount)
            }
            start = lineFeed + 1
        }
        return nil
    }
}

/// How a request's body is told from what follows it.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// As only NIO's decoder knows. The rules refuse such a request: see ``RequestFraming``.
    case unclear

    init(_ head: HTTPRequestHead) {
        self = .none
        for (name, value) in head.headers {
            if name.equalsIgnoringCase("transfer-encoding") {
                self = .chunked
                return
            }
            guard name.equalsIgnoringCase("content-length") else { continue }
            guard self == .none, let number = Number(value), number.digitCount == value.utf8.count else {
                self = .unclear
                continue
            }
            self = .length(number.value)
        }
    }
}

/// A decimal number at the beginning of a text.
private struct Number {
    let value: Int
    let digitCount: Int

    init?(_ bytes: UnsafeRawBufferPointer, limit: Int) {
        var (value, count) = (0, 0)
        while count < bytes.count, ASCII.isDigit(bytes[count]) {
            guard count < limit else { return nil }
            value = value * 10 + Int(bytes[count] - 0x30)
            count += 1
        }
        guard count > 0 else { return nil }
        (self.value, digitCount) = (value, count)
    }

    init?(_ text: String) {
        var text = text
        guard let number = text.withUTF8({ Number(UnsafeRawBufferPointer($0), limit: 15) }) else { return nil }
        self = number
    }
}

extension HTTPRequestHead {
    /// Whether the decoder goes on to another request behind this one.
    var mayBeFollowed: Bool { isKeepAlive && !headers.contains(name: "upgrade") && method != .CONNECT }

    /// The same in the same order, but for the length of the body.
    fileprivate func with(length: Number) -> HTTPRequestHead {
        var head = self
        head.headers = HTTPHeaders(
            headers.map { name, value in
                (name, name.equalsIgnoringCase("content-length") ? length.text : value)
            })
        return head
    }
}

extension Number {
    /// As it came, be it with zeros in front.
    fileprivate var text: String {
        let digits = String(value)
        return String(repeating: "0", count: digitCount - digits.count) + digits
    }
}
