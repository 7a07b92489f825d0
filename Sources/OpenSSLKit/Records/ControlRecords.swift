// What a client may send besides application data after the handshake: alerts and key updates. Rules as a value;
// whoever holds it acts on its decisions.

internal import NIOCore

/// Judges the records of a client that carry no application data.
struct ControlRecords: Equatable {
    /// What follows from a record.
    enum Action: Equatable {
        case nothing
        /// The client writes nothing more (RFC 8446 §6.1).
        case closedByPeer
        /// The client ends the connection with this alert.
        case alertReceived(TLSAlert)
        /// The client's next record is under its next key. If `answers`, our key has to change, too (RFC 8446 §4.6.3).
        case updateKeys(answers: Bool)
    }

    /// The beginning of a handshake message. Only a key update is allowed, so it is short.
    private var fragment: [UInt8] = []
    private var budget = ControlBudget()

    /// We have sent this many records with data since the last call.
    mutating func dataSent(records: UInt64) { budget.earn(records) }

    /// A record of application data arrived.
    ///
    /// - Parameters:
    ///   - contentBytes: 0 for a record that has only padding, which counts as one without data.
    ///   - now: the present time.
    mutating func dataCame(contentBytes: Int, at now: NIODeadline) throws(RecordViolation) {
        guard fragment.isEmpty else { throw .unexpected("a handshake message was interrupted") }
        if contentBytes > 0 { budget.received(bytes: contentBytes) } else { try count(at: now) }
    }

    /// Judges an alert record (RFC 8446 §6).
    mutating func alertCame(
        _ content: UnsafeRawBufferPointer, at now: NIODeadline
    ) throws(RecordViolation) -> Action {
        guard fragment.isEmpty else { throw .unexpected("a handshake message was interrupted") }
        guard content.count == 2 else { throw .decode("an alert of \(content.count) bytes") }
        try count(at: now)
        switch content[1] {
        case 0: return .closedByPeer
        // user_canceled only announces that close_notify will follow.
        case 90: return .nothing
        default: return .alertReceived(TLSAlert(code: content[1]))
        }
    }

    /// Judges a handshake record. After the handshake a client may only send key updates: it is asked for no
    /// certificate, and only servers send tickets.
    mutating func handshakeCame(
        _ content: UnsafeRawBufferPointer, at now: NIODeadline
    ) throws(RecordViolation) -> Action {
        try count(at: now)
        // A byte more than a key update has is enough to know that something follows it.
        fragment.append(contentsOf: content.prefix(Self.keyUpdate.count + 2 - fragment.count))
        if let violation = Self.violation(in: fragment) { throw violation }
        guard fragment.count > Self.keyUpdate.count else { return .nothing }
        let request = fragment[Self.keyUpdate.count]
        fragment = []
        guard request <= 1 else { throw .illegal("a key update with request \(request)") }
        return .updateKeys(answers: request == 1)
    }

    /// What is wrong with the beginning of a message, if anything.
    private static func violation(in message: [UInt8]) -> RecordViolation? {
        guard message.first == nil || message.first == keyUpdate.first else {
            return .unexpected("a handshake message that is no key update")
        }
        // RFC 8446 §6.2: decode_error is for a message whose length is incorrect.
        guard zip(message, keyUpdate).allSatisfy(==) else { return .decode("a key update of another length") }
        // What follows the message is under the next key, so nothing may follow it in its record (RFC 8446 §5.1).
        return message.count <= keyUpdate.count + 1 ? nil : .unexpected("something behind a key update in its record")
    }

    private mutating func count(at now: NIODeadline) throws(RecordViolation) {
        guard budget.spend(at: now) else { throw .unexpected("too many records without data") }
    }

    /// A key update's type and length; its one byte of content follows.
    static let keyUpdate: [UInt8] = [24, 0, 0, 1]
}
