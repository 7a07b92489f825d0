// The steps of TLS 1.3's key schedule (RFC 8446 §7.1): HKDF (RFC 5869) by OpenSSL's hashes. OpenSSL's own TLS13-KDF
// takes four times as long, because for each label it makes a context, looks up the hash, and copies what it is given.

internal import COpenSSL

/// The key schedule's steps. They keep nothing: what they know of a secret is on the stack, and wiped.
enum KeySchedule {
    typealias Bytes = UnsafeRawBufferPointer

    /// HKDF-Expand-Label, for no more bytes than the hash has: one block of HKDF.
    ///
    /// - Parameters:
    ///   - label: without the `tls13 ` before it.
    ///   - context: the hash of the messages so far, or nothing.
    ///   - target: is filled. It may be the secret's own memory.
    /// - Returns: false when something is too long for one block.
    static func expand(
        _ label: Bytes, context: Bytes, of secret: Bytes, _ hash: HashAlgorithm,
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard target.count <= hash.byteCount, label.count <= Self.longestLabel, context.count <= Int(UInt8.max) else {
            return false
        }
        return withUnsafeTemporaryAllocation(byteCount: Self.infoRoom, alignment: 1) { room in
            var info = Info(room: room)
            info.append([0, UInt8(target.count), UInt8(Self.prefix.utf8CodeUnitCount + label.count)])
            info.append(Bytes(Self.prefix))
            info.append(label)
            info.append([UInt8(context.count)])
            info.append(context)
            // HKDF's first block.
            info.append([1])
            return StackHMAC.authenticate(info.bytes, with: secret, hash, into: target)
        }
    }

    /// HKDF-Expand-Label with an empty context.
    static func expand(
        _ label: StaticString, of secret: Bytes, _ hash: HashAlgorithm, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        expand(Bytes(label), context: Bytes(start: nil, count: 0), of: secret, hash, into: target)
    }

    /// HKDF-Extract: the schedule's next secret.
    ///
    /// - Parameters:
    ///   - input: a shared secret; nil where the schedule has a zero.
    ///   - previous: the secret before; nil for the first one.
    ///   - label: what is derived from the previous secret on the way: `derived`.
    ///   - target: as many bytes as the hash has.
    static func extract(
        _ input: Bytes?, after previous: Bytes?, _ label: Bytes, _ hash: HashAlgorithm,
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard target.count == hash.byteCount else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 2 * hash.byteCount, alignment: 1) { room in
            defer { OPENSSL_cleanse(room.baseAddress, room.count) }
            let salt = UnsafeMutableRawBufferPointer(rebasing: room[..<hash.byteCount])
            let other = UnsafeMutableRawBufferPointer(rebasing: room[hash.byteCount...])
            salt.initializeMemory(as: UInt8.self, repeating: 0)
            if let previous {
                StackHMAC.digestNothing(hash, into: other)
                guard expand(label, context: Bytes(other), of: previous, hash, into: salt) else { return false }
            }
            other.initializeMemory(as: UInt8.self, repeating: 0)
            return StackHMAC.authenticate(input ?? Bytes(other), with: Bytes(salt), hash, into: target)
        }
    }

    // MARK: HkdfLabel

    /// Puts the parts of HKDF's info one behind the other.
    private struct Info: ~Copyable {
        let room: UnsafeMutableRawBufferPointer
        private var count = 0

        init(room: UnsafeMutableRawBufferPointer) { self.room = room }

        var bytes: Bytes { Bytes(rebasing: room[..<count]) }

        mutating func append(_ part: Bytes) {
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: part)
            count += part.count
        }

        mutating func append<let size: Int>(_ part: InlineArray<size, UInt8>) {
            part.span.withUnsafeBytes { append($0) }
        }
    }

    private static let prefix: StaticString = "tls13 "
    /// A label has a length of one byte, and the prefix is part of it.
    private static let longestLabel = Int(UInt8.max) - prefix.utf8CodeUnitCount
    /// Two bytes of length, label and context each with a byte of length, and the block's number.
    private static let infoRoom = 2 + 2 * (1 + Int(UInt8.max)) + 1
}

extension UnsafeRawBufferPointer {
    /// The bytes of a text that the program holds for ever.
    init(_ text: StaticString) {
        self.init(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Whether these are the bytes of `text`. `elementsEqual` looks at one after the other.
    func areThose(of text: StaticString) -> Bool {
        guard let baseAddress, count == text.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, text.utf8Start, count) == 0
    }
}
