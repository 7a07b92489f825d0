// The records of a server's TLS 1.3 connection after its handshake (RFC 8446 §5). OpenSSL does the handshake and the
// ciphers. This counts and frames records, because OpenSSL keeps 13 KB per connection for that, and takes longer for it
// than for the encryption itself.

internal import COpenSSL
internal import DeliveryPath
internal import NIOCore

/// The record layer of one connection. It is a struct within the connection, because an object would be one more cache
/// miss for each record.
struct RecordLayer: ~Copyable {
    private let writing: TrafficKey
    private let recordsPerKey: UInt64
    private var isOutputClosed = false
    private var isInputClosed = false
    /// Whether the client has asked for a new key of ours that it has not got yet. However often it asks, one answer is
    /// enough: "an implementation which receives multiple KeyUpdates while it is silent" answers "with a single
    /// update", "prior to sending its next Application Data record" (RFC 8446 §4.6.3). So a client that does not read
    /// costs a flag, and no bytes.
    private var owesKeyUpdate = false
    private let reading: TrafficKey
    private var control = ControlRecords()
    /// How many records under the present key `control` has been told of.
    private var reportedRecords: UInt64 = 0

    /// - Parameters:
    ///   - reading: the client's traffic secret.
    ///   - writing: our traffic secret. Both keys have counted the records that OpenSSL protected with them.
    ///   - suite: what the handshake agreed on.
    ///   - recordsPerKey: after how many records we take a new key; nil for the suite's own limit.
    init(
        reading: TrafficKey, writing: TrafficKey, suite: RecordSuite, recordsPerKey: UInt64? = nil
    ) {
        reading.begin(suite)
        writing.begin(suite)
        self.recordsPerKey = recordsPerKey ?? suite.recordsPerKey
        self.reading = reading
        self.writing = writing
    }

    // MARK: Writing

    /// Adds the key that each record is written under.
    func join(_ path: inout DeliveryPath) { path.add(writing) }

    /// Puts one record of application data among the ciphertext.
    ///
    /// - Parameter prefix: what the record begins with, before the plaintext.
    mutating func write(
        _ plaintext: UnsafeRawBufferPointer, behind prefix: UnsafeRawBufferPointer? = nil, _ scratch: RecordScratch
    ) -> WriteOutcome {
        guard !isOutputClosed else { return .failed(OpenSSLFailure(kind: .other, reason: "protocol is shutdown")) }
        if owesKeyUpdate {
            guard updateWritingKey(scratch) else { return .failed(.fromQueue("updating the key")) }
        }
        guard seal(plaintext, behind: prefix, as: .applicationData, scratch) else {
            return .failed(.fromQueue("sealing a record"))
        }
        guard writing.sequence >= recordsPerKey, !updateWritingKey(scratch) else { return .complete }
        return .failed(.fromQueue("updating the key"))
    }

    /// Sends close_notify, once.
    mutating func shutdown(_ scratch: RecordScratch) {
        guard !isOutputClosed else { return }
        isOutputClosed = true
        seal([1, 0], as: .alert, scratch)
    }

    @discardableResult
    private func seal(_ content: [UInt8], as type: ContentType, _ scratch: RecordScratch) -> Bool {
        content.withUnsafeBytes { seal($0, as: type, scratch) }
    }

    private func seal(
        _ content: UnsafeRawBufferPointer, behind prefix: UnsafeRawBufferPointer? = nil, as type: ContentType,
        _ scratch: RecordScratch
    ) -> Bool {
        let prefixBytes = prefix?.count ?? 0
        let header = RecordHeader(bodyBytes: prefixBytes + content.count + 1 + RecordSuite.tagBytes)
        return scratch.appendRecord(byteCount: RecordHeader.byteCount + header.bodyBytes) { record in
            guard let start = record.baseAddress else { return false }
            header.write(to: start)
            var end = RecordHeader.byteCount
            if let prefix {
                UnsafeMutableRawBufferPointer(rebasing: record[end...]).copyMemory(from: prefix)
                end += prefix.count
            }
            UnsafeMutableRawBufferPointer(rebasing: record[end...]).copyMemory(from: content)
            record[end + content.count] = type.rawValue
            return scratch.cipher.seal(record, with: writing)
        }
    }

    /// Announces that the next record is under the next key, and changes to it (RFC 8446 §4.6.3).
    ///
    /// - Parameter asksForOne: whether the other end is to do the same.
    mutating func updateWritingKey(_ scratch: RecordScratch, asksForOne: Bool = false) -> Bool {
        guard seal(ControlRecords.keyUpdate + [asksForOne ? 1 : 0], as: .handshake, scratch) else { return false }
        owesKeyUpdate = false
        reportedRecords = 0
        writing.update()
        return true
    }

    // MARK: Reading

    /// Decrypts one record of what was received into the scratch memory.
    mutating func read(
        _ received: inout ByteBuffer, _ scratch: RecordScratch, at now: NIODeadline
    ) -> ReadOutcome.Status {
        guard !isInputClosed else { return .closedByPeer }
        var used = 0
        let read = received.withUnsafeReadableBytes { bytes in
            Result { () throws(RecordViolation) in
                guard let record = try Self.firstRecord(of: bytes) else { return ReadOutcome.Status.incomplete }
                used = record.count
                return try status(after: try open(record, scratch, at: now))
            }
        }
        received.moveReaderIndex(forwardBy: used)
        switch read {
        case .success(let status): return status
        case .failure(let violation): return .failed(refuse(violation, scratch))
        }
    }

    /// Decrypts a record, puts its application data with the other decrypted data, and says what the record was.
    private mutating func open(
        _ record: UnsafeRawBufferPointer, _ scratch: RecordScratch, at now: NIODeadline
    ) throws(RecordViolation) -> ControlRecords.Action {
        let target = scratch.decrypted.room(for: record.count - RecordHeader.byteCount - RecordSuite.tagBytes)
        guard scratch.cipher.open(record, into: target, with: reading) else { throw .badMAC }
        let inner = try InnerPlaintext(UnsafeRawBufferPointer(target))
        let content = UnsafeRawBufferPointer(rebasing: target[..<inner.contentBytes])
        let action = try action(after: inner.type, content, at: now)
        if inner.type == .applicationData { scratch.decrypted.filled(content.count) }
        return action
    }

    private mutating func action(
        after type: ContentType, _ content: UnsafeRawBufferPointer, at now: NIODeadline
    ) throws(RecordViolation) -> ControlRecords.Action {
        if type == .applicationData, !content.isEmpty {
            try control.dataCame(contentBytes: content.count, at: now)
            return .nothing
        }
        control.dataSent(records: writing.sequence - reportedRecords)
        reportedRecords = writing.sequence
        switch type {
        case .alert: return try control.alertCame(content, at: now)
        case .handshake: return try control.handshakeCame(content, at: now)
        case .applicationData:
            try control.dataCame(contentBytes: 0, at: now)
            return .nothing
        }
    }

    private mutating func status(
        after action: ControlRecords.Action
    ) throws(RecordViolation) -> ReadOutcome.Status {
        switch action {
        case .nothing: return .more
        case .closedByPeer:
            isInputClosed = true
            return .closedByPeer
        case .alertReceived(let alert):
            isInputClosed = true
            isOutputClosed = true
            return .failed(
                OpenSSLFailure(kind: .alertReceived(alert.code), reason: "the client sent \(alert)"))
        case .updateKeys(let answers):
            reading.update()
            if answers { owesKeyUpdate = true }
            return .more
        }
    }

    /// The first record of what was received, if all of it is here.
    private static func firstRecord(
        of bytes: UnsafeRawBufferPointer
    ) throws(RecordViolation) -> UnsafeRawBufferPointer? {
        guard bytes.count >= RecordHeader.byteCount else { return nil }
        let count = RecordHeader.byteCount + (try RecordHeader(bytes)).bodyBytes
        return bytes.count >= count ? UnsafeRawBufferPointer(rebasing: bytes[..<count]) : nil
    }

    /// Tells the client why this is the end (RFC 8446 §6.2).
    private mutating func refuse(_ violation: RecordViolation, _ scratch: RecordScratch) -> OpenSSLFailure {
        ErrorQueue.clear()
        isInputClosed = true
        if !isOutputClosed { seal([2, violation.alert.code], as: .alert, scratch) }
        isOutputClosed = true
        return OpenSSLFailure(kind: .other, reason: violation.reason, alertSent: violation.alert.code)
    }
}
