// The steps of TLS 1.3's key schedule (RFC 8446 §7.1): HKDF (RFC 5869) by OpenSSL's hashes. OpenSSL's own TLS13-KDF
// takes twice as long, because for each label it makes a context, looks up the hash, and copies what it is given.

internal import COpenSSL

/// The key schedule's steps for the connections of one event loop.
///
/// Confined to its event loop. It keeps the hashes' contexts, because to look up a hash takes longer than to use it.
/// ``forget()`` wipes what they know of the last secret: whoever uses them calls it before anybody else gets control.
final class KeySchedule {
    typealias Bytes = UnsafeRawBufferPointer

    /// One context per hash, made when it is first used. This owns them.
    private var contexts: [OpaquePointer?] = Array(repeating: nil, count: HashAlgorithm.allCases.count)

    deinit {
        for context in contexts { EVP_MD_CTX_free(context) }
    }

    /// HKDF-Expand-Label, for no more bytes than the hash has: one block of HKDF.
    ///
    /// - Parameters:
    ///   - label: without the `tls13 ` before it.
    ///   - context: the hash of the messages so far, or nothing.
    ///   - target: is filled. It may be the secret's own memory.
    /// - Returns: false when OpenSSL fails, or something is too long for one block.
    func expand(
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
            return authenticate(info.bytes, with: secret, hash, into: target)
        }
    }

    /// HKDF-Expand-Label with an empty context.
    ///
    /// - Throws: when OpenSSL refuses.
    func expand(
        _ label: StaticString, of secret: Bytes, _ hash: HashAlgorithm, into target: UnsafeMutableRawBufferPointer
    ) throws(OpenSSLFailure) {
        ErrorQueue.clear()
        guard expand(Bytes(label), context: Bytes(start: nil, count: 0), of: secret, hash, into: target) else {
            throw .fromQueue("deriving a traffic key")
        }
    }

    /// HKDF-Extract: the schedule's next secret.
    ///
    /// - Parameters:
    ///   - input: a shared secret; nil where the schedule has a zero.
    ///   - previous: the secret before; nil for the first one.
    ///   - label: what is derived from the previous secret on the way: `derived`.
    ///   - target: as many bytes as the hash has.
    func extract(
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
                guard digestNothing(hash, into: other),
                    expand(label, context: Bytes(other), of: previous, hash, into: salt)
                else { return false }
            }
            other.initializeMemory(as: UInt8.self, repeating: 0)
            return authenticate(input ?? Bytes(other), with: Bytes(salt), hash, into: target)
        }
    }

    /// Overwrites what the contexts know of the last secret. OpenSSL 3.0 begins a hash in new memory, and wipes the
    /// old. Later versions set the state in its place, and what they collect up to a whole block lies where the last
    /// block was.
    func forget() {
        for context in contexts where context != nil {
            withUnsafeTemporaryAllocation(byteCount: Self.longestBlock, alignment: 1) { zeros in
                zeros.initializeMemory(as: UInt8.self, repeating: 0)
                let count = Int(EVP_MD_get_block_size(EVP_MD_CTX_get0_md(context))) - 1
                // Out of memory 3.0 has wiped the old as well, but has no new to write to.
                guard EVP_DigestInit_ex(context, nil, nil) == 1 else { return }
                EVP_DigestUpdate(context, zeros.baseAddress, min(max(0, count), zeros.count))
            }
        }
    }

    // MARK: HMAC

    /// HMAC (RFC 2104), of which the target takes as much as it has room for.
    private func authenticate(
        _ message: Bytes, with key: Bytes, _ hash: HashAlgorithm, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let context = context(for: hash), key.count <= hash.blockBytes else { return false }
        return withUnsafeTemporaryAllocation(byteCount: hash.blockBytes + hash.byteCount, alignment: 8) { room in
            defer { OPENSSL_cleanse(room.baseAddress, room.count) }
            let block = UnsafeMutableRawBufferPointer(rebasing: room[..<hash.blockBytes])
            let code = UnsafeMutableRawBufferPointer(rebasing: room[hash.blockBytes...])
            block.initializeMemory(as: UInt8.self, repeating: 0)
            block.copyMemory(from: key)
            for index in block.indices { block[index] ^= Self.innerPad }
            guard digest(Bytes(block), message, context, into: code) else { return false }
            for index in block.indices { block[index] ^= Self.innerPad ^ Self.outerPad }
            guard digest(Bytes(block), Bytes(code), context, into: code) else { return false }
            target.copyMemory(from: Bytes(rebasing: Bytes(code)[..<target.count]))
            return true
        }
    }

    private func digest(
        _ block: Bytes, _ rest: Bytes, _ context: OpaquePointer, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        EVP_DigestInit_ex(context, nil, nil) == 1
            && EVP_DigestUpdate(context, block.baseAddress, block.count) == 1
            && EVP_DigestUpdate(context, rest.baseAddress, rest.count) == 1
            && EVP_DigestFinal_ex(context, target.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
    }

    private func digestNothing(_ hash: HashAlgorithm, into target: UnsafeMutableRawBufferPointer) -> Bool {
        guard let context = context(for: hash) else { return false }
        let nothing = Bytes(start: nil, count: 0)
        return digest(nothing, nothing, context, into: target)
    }

    private func context(for hash: HashAlgorithm) -> OpaquePointer? {
        if let context = contexts[hash.rawValue] { return context }
        guard let function = EVP_MD_fetch(nil, hash.providerName, nil) else { return nil }
        defer { EVP_MD_free(function) }
        guard let context = EVP_MD_CTX_new() else { return nil }
        guard EVP_DigestInit_ex(context, function, nil) == 1 else {
            EVP_MD_CTX_free(context)
            return nil
        }
        contexts[hash.rawValue] = context
        return context
    }

    private static let innerPad: UInt8 = 0x36
    private static let outerPad: UInt8 = 0x5C
    private static let longestBlock = 128

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
}
