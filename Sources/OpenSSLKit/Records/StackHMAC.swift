// HMAC (RFC 2104) by OpenSSL's SHA-2, in memory of the stack that is wiped. EVP's hashes take new memory each time they
// begin, which takes longer than to hash a block, and a handshake needs a hundred of them. They end up in these same
// functions. Where openssl.cnf wants another SHA-2, this is not in use: see KeyProvider.

internal import COpenSSL

/// Short messages' codes.
enum StackHMAC {
    typealias Bytes = UnsafeRawBufferPointer

    /// Makes a message's code, of which the target takes as much as it has room for.
    ///
    /// - Returns: false when the key is longer than the hash's block.
    static func authenticate(
        _ message: Bytes, with key: Bytes, _ hash: HashAlgorithm, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard key.count <= hash.blockBytes, target.count <= hash.byteCount else { return false }
        if hash == .sha256 {
            work(SHA256_CTX.self, hash) { $0.authenticate(message, with: key, into: target) }
        } else {
            work(SHA512_CTX.self, hash) { $0.authenticate(message, with: key, into: target) }
        }
        return true
    }

    /// Makes the hash of nothing.
    ///
    /// - Parameter target: as many bytes as the hash has.
    static func digestNothing(_ hash: HashAlgorithm, into target: UnsafeMutableRawBufferPointer) {
        if hash == .sha256 {
            work(SHA256_CTX.self, hash) { $0.digest(nothing, nothing, into: target) }
        } else {
            work(SHA512_CTX.self, hash) { $0.digest(nothing, nothing, into: target) }
        }
    }

    private static func work<State: HashState>(
        _: State.Type, _ hash: HashAlgorithm, _ body: (Work<State>) -> Void
    ) {
        let room = Work<State>.room(for: hash)
        withUnsafeTemporaryAllocation(byteCount: room, alignment: MemoryLayout<State>.alignment) { memory in
            defer { OPENSSL_cleanse(memory.baseAddress, memory.count) }
            body(Work(hash: hash, memory: memory))
        }
    }

    /// A hash's state, and behind it a block and a code: all that a key's traces are in.
    private struct Work<State: HashState> {
        let hash: HashAlgorithm
        private let state: UnsafeMutablePointer<State>?
        private let block: UnsafeMutableRawBufferPointer
        private let code: UnsafeMutableRawBufferPointer

        static func room(for hash: HashAlgorithm) -> Int {
            MemoryLayout<State>.size + hash.blockBytes + hash.byteCount
        }

        init(hash: HashAlgorithm, memory: UnsafeMutableRawBufferPointer) {
            self.hash = hash
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            state = memory.baseAddress?.bindMemory(to: State.self, capacity: 1)
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[MemoryLayout<State>.size...])
            block = UnsafeMutableRawBufferPointer(rebasing: rest[..<hash.blockBytes])
            code = UnsafeMutableRawBufferPointer(rebasing: rest[hash.blockBytes...])
        }

        func authenticate(_ message: Bytes, with key: Bytes, into target: UnsafeMutableRawBufferPointer) {
            block.copyMemory(from: key)
            pad(with: innerPad)
            digest(Bytes(block), message, into: code)
            pad(with: innerPad ^ outerPad)
            digest(Bytes(block), Bytes(code), into: code)
            target.copyMemory(from: Bytes(rebasing: Bytes(code)[..<target.count]))
        }

        private func pad(with byte: UInt8) {
            for index in block.indices { block[index] ^= byte }
        }

        func digest(_ first: Bytes, _ second: Bytes, into target: UnsafeMutableRawBufferPointer) {
            State.begin(state, hash)
            State.take(state, first)
            State.take(state, second)
            State.finish(state, target)
        }
    }

    private static var nothing: Bytes { Bytes(start: nil, count: 0) }
}

private let innerPad: UInt8 = 0x36
private let outerPad: UInt8 = 0x5C

/// OpenSSL's state of a hash under way. It is never copied, so that it can be wiped.
private protocol HashState {
    static func begin(_ state: UnsafeMutablePointer<Self>?, _ hash: HashAlgorithm)
    static func take(_ state: UnsafeMutablePointer<Self>?, _ bytes: UnsafeRawBufferPointer)
    static func finish(_ state: UnsafeMutablePointer<Self>?, _ target: UnsafeMutableRawBufferPointer)
}

extension SHA256_CTX: HashState {
    static func begin(_ state: UnsafeMutablePointer<Self>?, _ hash: HashAlgorithm) { sluice_SHA256_Init(state) }

    static func take(_ state: UnsafeMutablePointer<Self>?, _ bytes: UnsafeRawBufferPointer) {
        sluice_SHA256_Update(state, bytes.baseAddress, bytes.count)
    }

    static func finish(_ state: UnsafeMutablePointer<Self>?, _ target: UnsafeMutableRawBufferPointer) {
        sluice_SHA256_Final(target.baseAddress?.assumingMemoryBound(to: UInt8.self), state)
    }
}

extension SHA512_CTX: HashState {
    static func begin(_ state: UnsafeMutablePointer<Self>?, _ hash: HashAlgorithm) {
        if hash == .sha384 { sluice_SHA384_Init(state) } else { sluice_SHA512_Init(state) }
    }

    static func take(_ state: UnsafeMutablePointer<Self>?, _ bytes: UnsafeRawBufferPointer) {
        sluice_SHA512_Update(state, bytes.baseAddress, bytes.count)
    }

    static func finish(_ state: UnsafeMutablePointer<Self>?, _ target: UnsafeMutableRawBufferPointer) {
        sluice_SHA512_Final(target.baseAddress?.assumingMemoryBound(to: UInt8.self), state)
    }
}
