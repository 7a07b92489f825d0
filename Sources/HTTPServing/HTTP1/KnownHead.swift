// The head of a connection's last request, by its bytes. A publisher sends the same one again and again, or one that
// differs in the length of the body alone. What a head says depends on nothing in front of it, so it is decoded once.

internal import NIOCore
internal import NIOHTTP1
internal import PeerText

/// A head that has been decoded, to be recognised when it comes again.
///
/// It is of a request that has its length in `Content-Length` (RFC 9112 §6.2), and behind which another may follow.
final class KnownHead {
    /// As it was when it came first.
    let head: HTTPRequestHead
    private let bytes: [UInt8]
    /// Where in them the length stands.
    private let digits: Range<Int>

    /// How many bytes a head may have to be kept until the next. Every connection may keep one.
    static let byteLimit = 2048

    /// - Parameters:
    ///   - head: as it was decoded.
    ///   - length: the number that it has for `Content-Length`.
    ///   - bytes: what it was decoded from, from the beginning of its message to its empty line.
    init?(_ head: HTTPRequestHead, length: Int, from bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= Self.byteLimit, let digits = Self.digits(in: bytes, of: length) else { return nil }
        self.head = head
        self.bytes = Array(bytes)
        self.digits = digits
    }

    /// The same head, come again.
    struct Match {
        /// How many bytes it took up.
        let byteCount: Int
        /// How many the body has, as it is written this time.
        let length: Digits
    }

    /// Compares what has come, from the beginning of a message on.
    func match(_ input: UnsafeRawBufferPointer) -> Match? {
        bytes.withUnsafeBytes { own in
            guard input.count >= own.count - digits.count,
                input.begins(with: UnsafeRawBufferPointer(rebasing: own[..<digits.lowerBound]))
            else { return nil }
            let rest = UnsafeRawBufferPointer(rebasing: input[digits.lowerBound...])
            guard let number = Digits(rest) else { return nil }
            let behind = UnsafeRawBufferPointer(rebasing: own[digits.upperBound...])
            guard UnsafeRawBufferPointer(rebasing: rest[number.count...]).begins(with: behind) else { return nil }
            return Match(byteCount: digits.lowerBound + number.count + behind.count, length: number)
        }
    }

    /// The head as it came this time.
    func head(_ match: Match) -> HTTPRequestHead { head.with(length: match.length.text) }

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
                guard let number = Digits(rest), number.value == length else { return nil }
                return first..<(first + number.count)
            }
            start = lineFeed + 1
        }
        return nil
    }
}

extension HTTPRequestHead {
    /// Whether the decoder goes on to another request behind this one.
    var mayBeFollowed: Bool { isKeepAlive && !headers.contains(name: "upgrade") && method != .CONNECT }

    /// How many bytes its target and its fields have.
    var textBytes: Int { headers.reduce(uri.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count } }

    /// The same in the same order, but for the length of the body.
    fileprivate func with(length: String) -> HTTPRequestHead {
        var head = self
        head.headers = HTTPHeaders(
            headers.map { name, value in (name, name.equalsIgnoringCase("content-length") ? length : value) })
        return head
    }
}
