// The verbs layer: one TLS connection as four verbs (handshake, read, write, shutdown) over bytes put in and taken out.
// It owns the SSL. It knows no channel, no promise and no clock. Once a server's TLS 1.3 handshake is complete, its
// records are taken over here from OpenSSL, and nothing above notices.

internal import COpenSSL
package import DeliveryPath
package import NIOCore

/// One TLS connection in the client's or the server's role.
///
/// Confined to its event loop. Whatever a verb has to send waits in the scratch memory and must be taken before another
/// connection of the same event loop is called.
package final class TLSConnection {
    // What each record needs comes first: see OpenSSLHandler.

    private let scratch: RecordScratch
    /// Seals and opens records instead of the SSL, which is freed then.
    private var records: RecordLayer?
    private var received = ByteBuffer()

    /// The only owner of the SSL; freed with the BIO that points back here, in `deinit` or when ``records`` take over.
    private(set) var ssl: OpaquePointer?
    /// Collects the keys of the two directions during the handshake, for records that may be taken over.
    var keys = TrafficKeys()
    /// The last alert sent, noted by the context's info callback.
    var alertSent: UInt8?
    /// How much of what was received is whole records. During a server's handshake the SSL gets no more, so that what
    /// is left begins with a record.
    private var wholeBytes: Int32 = 0
    /// The facts of the handshake.
    package private(set) var facts = TLSFacts()
    // The SSL keeps the SSL_CTX alive, but not the Swift object that the SSL_CTX's callbacks point to: this does.
    let context: OpenSSLContext
    /// How much the SSL may read of what brings nothing, once it stays; ``records`` have a budget of their own.
    private var allowance: Allowance?
    // Tickets arrive after the handshake (RFC 8446 §4.6.1) and are kept by the name of the server.
    let peerName: PeerName?

    /// An object, so that a connection whose records are taken over keeps none of it.
    private final class Allowance {
        var budget = ControlBudget()
        var isOverBudget = false
        /// When the verb that reads was called.
        var now = NIODeadline.distantPast
    }

    /// Makes a connection that has not exchanged a byte.
    ///
    /// - Parameters:
    ///   - context: What the role, identities and trust come from.
    ///   - peerName: In the client's role, the name or address that the server's certificate must be for.
    ///   - scratch: The event loop's working memory.
    /// - Throws: When OpenSSL is out of memory or refuses the name.
    package init(context: OpenSSLContext, peerName: PeerName?, scratch: RecordScratch) throws(OpenSSLFailure) {
        ErrorQueue.clear()
        guard let ssl = SSL_new(context.pointer) else { throw .fromQueue("SSL_new") }
        self.ssl = ssl
        self.context = context
        self.peerName = peerName
        self.scratch = scratch
        guard let bio = ByteBufferBIO.retainedBIO(for: self) else { throw .fromQueue("BIO_new") }
        // Consumes the one reference, although it is given twice (SSL_set_bio(3)).
        SSL_set_bio(ssl, bio, bio)
        try prepareRole(ssl)
    }

    deinit { SSL_free(ssl) }

    private func prepareRole(_ ssl: OpaquePointer) throws(OpenSSLFailure) {
        guard context.role == .client else { return SSL_set_accept_state(ssl) }
        SSL_set_connect_state(ssl)
        guard let peerName else { return }
        guard peerName.apply(to: ssl) else { throw .fromQueue("setting the server's name") }
        context.sessions?.resume(peerName, on: ssl)
    }
}

// MARK: - Bytes

extension TLSConnection {
    /// Hands over bytes from the network for the next verb to use.
    ///
    /// - Parameter bytes: Ciphertext in the order it arrived.
    package func receive(_ bytes: ByteBuffer) {
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.writeImmutableBuffer(bytes)
        }
    }

    /// How many bytes from the network no verb has used yet.
    package var receivedBytes: Int { received.readableBytes }

    /// Whether what was received is an unfinished record, so that a server's handshake can't go on.
    package var awaitsRestOfRecord: Bool {
        received.readableBytes > 0 && received.withUnsafeReadableBytes { RecordHeader.wholeBytes(of: $0) == 0 }
    }

    private var isServersHandshake: Bool { facts.versionNumber == 0 && context.role == .server }

    /// Takes what the verbs so far have to send, or `nil` if nothing.
    package func takeCiphertext() -> ByteBuffer? { scratch.takeCiphertext() }

    func sendCiphertext(_ bytes: UnsafeRawBufferPointer) { scratch.append(bytes) }

    func receiveCiphertext(into target: UnsafeMutableRawBufferPointer) -> Int {
        let isLimited = isServersHandshake
        let count = min(target.count, isLimited ? Int(wholeBytes) : received.readableBytes)
        guard count > 0, allowance?.isOverBudget != true else { return 0 }
        if isLimited { wholeBytes -= Int32(count) }
        received.readWithUnsafeReadableBytes { bytes in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        // Releases the channel's receive buffer as soon as it is empty, so that the channel can use it again.
        if received.readableBytes == 0 { received = ByteBuffer() }
        return count
    }
}

// MARK: - Verbs

extension TLSConnection {
    /// Adds what a record that is written passes.
    package func join(_ path: inout DeliveryPath) {
        path.add(self)
        records?.join(&path)
    }

    /// Takes the handshake as far as the received bytes allow (RFC 8446 §4, RFC 5246 §7.3).
    package func handshake() -> HandshakeOutcome {
        ErrorQueue.clear()
        if isServersHandshake {
            wholeBytes = Int32(clamping: received.withUnsafeReadableBytes { RecordHeader.wholeBytes(of: $0) })
        }
        let result = context.role == .server ? KeyProvider.serve(self) { SSL_do_handshake(ssl) } : SSL_do_handshake(ssl)
        guard result != 1 else {
            completeHandshake()
            return .complete
        }
        return switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .incomplete
        default: .failed(failure("the handshake"))
        }
    }

    /// Takes note of a secret that the key schedule has made for this handshake. One that records need is kept, in
    /// memory that is wiped, and none is written anywhere.
    func note(_ secret: UnsafeRawBufferPointer, derivedFor label: UnsafeRawBufferPointer) {
        if context.sealsRecords { keys.note(secret, derivedFor: label) }
    }

    /// Decrypts received records until they are used up or as much is decrypted as is passed on in one piece.
    ///
    /// - Parameter now: The time, for the budget of records without data.
    package func read(at now: NIODeadline) -> ReadOutcome {
        scratch.decrypted.clear()
        var status = ReadOutcome.Status.more
        if records != nil {
            status = readRecords(at: now)
        } else {
            let allowance = allowance ?? Allowance()
            self.allowance = allowance
            allowance.now = now
            while case .more = status, scratch.decrypted.count < Self.pieceBytes { status = readRecord() }
        }
        return ReadOutcome(plaintext: scratch.takeDecrypted(), status: status)
    }

    /// How much is decrypted at once, at the most.
    private static let pieceBytes = 2 * RecordScratch.maximumPlaintext

    /// Reads records that are ours, out of a buffer of its own meanwhile: each step at a property of the connection
    /// would be checked for another access at the same time.
    private func readRecords(at now: NIODeadline) -> ReadOutcome.Status {
        var (input, status) = (received, ReadOutcome.Status.more)
        received = ByteBuffer()
        while case .more = status, let next = records?.read(&input, scratch, at: now) {
            status = next
            guard case .more = status else { break }
            if input.readableBytes == 0 { status = .incomplete }
            if scratch.decrypted.count >= RecordScratch.maximumPlaintext { break }
        }
        // An unfinished record may wait for long, so it keeps no more memory than it has bytes.
        let isShort = input.readableBytes < RecordHeader.maximumBody
        if input.readableBytes > 0 { received = isShort ? ByteBuffer(bytes: input.readableBytesView) : input }
        return status
    }

    /// Encrypts one record.
    ///
    /// - Parameter plaintext: At least one byte, and no more than a record may hold.
    package func write(_ plaintext: UnsafeRawBufferPointer) -> WriteOutcome {
        assert((1...RecordScratch.maximumPlaintext).contains(plaintext.count), "a record holds 1 to 16384 bytes")
        if let outcome = records?.write(plaintext, scratch) { return outcome }
        ErrorQueue.clear()
        var written = 0
        let result = SSL_write_ex(ssl, plaintext.baseAddress, plaintext.count, &written)
        guard result != 1 || written != plaintext.count else { return .complete }
        return .failed(failure("writing"))
    }

    /// Encrypts one record of two pieces.
    ///
    /// - Parameters:
    ///   - plaintext: What is behind the prefix; with that at least one byte, and no more than a record may hold.
    ///   - prefix: What it begins with.
    package func write(_ plaintext: UnsafeRawBufferPointer, behind prefix: UnsafeRawBufferPointer) -> WriteOutcome {
        let count = prefix.count + plaintext.count
        assert((1...RecordScratch.maximumPlaintext).contains(count), "a record holds 1 to 16384 bytes")
        if let outcome = records?.write(plaintext, behind: prefix, scratch) { return outcome }
        var whole = ByteBuffer()
        whole.reserveCapacity(count)
        whole.writeBytes(prefix)
        whole.writeBytes(plaintext)
        return whole.withUnsafeReadableBytes { write($0) }
    }

    /// Sends close_notify (RFC 8446 §6.1). Afterwards nothing can be written; reading goes on until the peer's.
    ///
    /// The result does not matter: the alert is among the ciphertext, or the connection is broken, and the next read
    /// says so.
    package func shutdown() {
        guard records == nil else {
            records?.shutdown(scratch)
            return
        }
        // A second call would wait for the peer's and trip over its data.
        guard SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN == 0 else { return }
        ErrorQueue.clear()
        SSL_shutdown(ssl)
        ErrorQueue.clear()
    }

    /// Notes what was agreed on, and takes over the records if they are of a kind that we seal ourselves.
    private func completeHandshake() {
        guard let ssl else { return }
        facts = TLSFacts(of: ssl)
        // OpenSSL's buffer must hold no bytes of a record. It holds none, because without read-ahead it reads record by
        // record.
        guard let (reading, writing) = keys.take(), SSL_has_pending(ssl) == 0,
            let cipher = SSL_get_current_cipher(ssl),
            let suite = RecordSuite(identifier: SSL_CIPHER_get_protocol_id(cipher)),
            reading.fits(suite), writing.fits(suite)
        else { return }
        records = RecordLayer(reading: reading, writing: writing, suite: suite)
        self.ssl = nil
        SSL_free(ssl)
    }

    private func readRecord() -> ReadOutcome.Status {
        ErrorQueue.clear()
        var count = 0
        let target = scratch.decrypted.room(for: Self.pieceBytes - scratch.decrypted.count)
        let result = SSL_read_ex(ssl, target.baseAddress, target.count, &count)
        guard result != 1 else {
            scratch.decrypted.filled(count)
            // A record with data costs nothing.
            allowance?.budget.earn(1)
            allowance?.budget.received(bytes: count)
            return .more
        }
        guard allowance?.isOverBudget != true else {
            return .failed(OpenSSLFailure(kind: .other, reason: "too many records without data"))
        }
        return switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .incomplete
        case SSL_ERROR_ZERO_RETURN: .closedByPeer
        default: .failed(failure("reading"))
        }
    }

    /// The SSL has read a record's header. OpenSSL does not bound key updates and refused renegotiations, each of which
    /// it answers (RFC 5246 §7.2.2), and bounds empty records and warnings only in a row. So when the budget is spent,
    /// it gets no more bytes.
    func countRecord(isWriting: Bool) {
        guard facts.versionNumber != 0 else { return keys.countRecord(isWriting: isWriting) }
        guard !isWriting, let allowance else { return }
        if !allowance.budget.spend(at: allowance.now) { allowance.isOverBudget = true }
    }

    private func failure(_ operation: String) -> OpenSSLFailure {
        var failure = OpenSSLFailure.fromQueue(operation)
        if case .certificateRejected = failure.kind { failure.kind = .certificateRejected(verifyVerdict) }
        failure.alertSent = alertSent
        return failure
    }
}
