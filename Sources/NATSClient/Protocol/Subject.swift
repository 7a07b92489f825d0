// Where a message goes: tokens with dots between them. Not for what a subscription listens to, which may have
// wildcards: that is a `SubjectFilter`.

/// A subject that a message is published to.
///
/// It is bytes and no text, because another client's may be any bytes: two are the same when their bytes are.
package struct Subject: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// How many bytes a subject of ours has at most. A line of the protocol has 4,096 (`max_control_line`), and may
    /// hold a reply's subject, too.
    package static let longest = 1024

    /// Checks a subject.
    ///
    /// - Parameter text: tokens with dots between them, such as `sluice.users.7`; no wildcards.
    /// - Throws: ``NATSError`` with code `subjectInvalid`.
    package init(_ text: String) throws(NATSError) {
        try self.init(checking: Array(text.utf8))
    }

    /// - Parameter bytes: ones that have been checked, or made here.
    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    init(checking bytes: [UInt8]) throws(NATSError) {
        guard !bytes.contains(where: { $0 == SubjectFilter.oneToken || $0 == SubjectFilter.restOfTokens }) else {
            throw NATSError(.subjectInvalid, "a subject to publish to has no wildcards: leave out * and >")
        }
        try Self.checkTokens(bytes)
        self.bytes = bytes
    }

    /// A subject that another client has published to. The server does not hold those to the rules for tokens, so a
    /// subject with an empty one, or with a wildcard's letter, can come. What would break a line has been refused.
    init(copying word: Span<UInt8>) {
        bytes = word.withUnsafeBufferPointer { Array($0) }
    }

    /// Checks a subject that is made of bytes, as ``init(_:)`` does.
    package init(_ bytes: [UInt8]) throws(NATSError) { try self.init(checking: bytes) }

    /// The text, with U+FFFD for what is no UTF-8.
    package var description: String { String(decoding: bytes, as: UTF8.self) }

    static func checkTokens(_ bytes: [UInt8]) throws(NATSError) {
        guard bytes.count <= longest else {
            throw NATSError(.subjectInvalid, "a subject has at most \(longest) bytes")
        }
        guard bytes.allSatisfy(canStandInLine) else {
            throw NATSError(.subjectInvalid, "a subject has no spaces and no control characters")
        }
        var former = dot
        for byte in bytes {
            guard byte != dot || former != dot else { throw .emptyToken }
            former = byte
        }
        guard former != dot else { throw .emptyToken }
    }

    /// Whether a byte ends no word and no line.
    static func canStandInLine(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7f }

    static let dot = UInt8(ascii: ".")
}

extension NATSError {
    fileprivate static let emptyToken = NATSError(
        .subjectInvalid, "a subject has something before, between and behind its dots")
}
