// An event's id as it stands on the wire: which incarnation of the log, and where in it.
// Not for comparing across epochs: positions of two epochs have no order.

package import EventStream

/// The name of one incarnation of an event log.
///
/// A log that lost its content gets another epoch, so that an id from before is recognised as a gap and never taken for
/// a position in the new log.
package struct Epoch: Sendable, Hashable, CustomStringConvertible {
    /// 1 to 32 lower-case letters and digits, as the common part of the log's event ids.
    let prefix: EventID
    package var text: String { prefix.text }

    /// Takes an epoch's text, or nothing when it is not one: 1 to 32 characters of `a`…`z` and `0`…`9`.
    package init?(_ text: some StringProtocol) {
        guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed),
            let prefix = try? EventID(String(text))
        else { return nil }
        self.prefix = prefix
    }

    /// A fresh epoch of 40 random bits: enough that an operator never meets the same one twice.
    package static func fresh(using random: inout some RandomNumberGenerator) -> Epoch {
        let alphabet = "abcdefghijklmnopqrstuvwxyz234567"
        let text = String((0..<8).compactMap { _ in alphabet.randomElement(using: &random) })
        guard let epoch = Epoch(text) else { preconditionFailure("An epoch's alphabet is one that epochs have.") }
        return epoch
    }

    package var description: String { text }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// A place in one event log: the sequence number of the last event before it. Zero is before the first event.
package typealias Position = UInt64

/// `<epoch>-<sequence>`: what stands in an event's `id:` field and comes back as `Last-Event-ID`.
package struct LoggedEventID: Sendable, Hashable, CustomStringConvertible {
    package let epoch: Epoch
    /// Counts from 1 within the epoch.
    package let sequence: Position

    package init(epoch: Epoch, sequence: Position) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Reads an id that a client sent back. Nothing when it is none of ours: the caller tells the stream of a gap.
    package init?(_ text: some StringProtocol) {
        guard let dash = text.firstIndex(of: "-"), let epoch = Epoch(text[..<dash]) else { return nil }
        let digits = text[text.index(after: dash)...]
        // `UInt64.init` also takes "+1" and "007"; an id that we made has neither.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != "0" || digits.count == 1,
            let sequence = Position(digits)
        else { return nil }
        self.init(epoch: epoch, sequence: sequence)
    }

    /// The id as the `id:` field has it.
    package var eventID: EventID { EventID(epoch.prefix, number: sequence) }

    package var description: String { eventID.text }
}
