// What a subscription listens to: a subject in which whole tokens may be wildcards. And the group whose members share
// its messages.

/// A subject with or without wildcards: `*` stands for any one token, and `>` at the end for all that are left.
package struct SubjectFilter: Sendable, Hashable, CustomStringConvertible {
    let bytes: [UInt8]

    static let oneToken = UInt8(ascii: "*")
    static let restOfTokens = UInt8(ascii: ">")

    /// Checks a filter.
    ///
    /// - Parameter text: for instance `sluice.users.*` or `sluice.>`.
    /// - Throws: ``NATSError`` with code `subjectInvalid`.
    package init(_ text: String) throws(NATSError) {
        let bytes = Array(text.utf8)
        try Subject.checkTokens(bytes)
        let tokens = bytes.split(separator: Subject.dot)
        for (index, token) in tokens.enumerated() where token.contains(where: Self.isWildcard) {
            guard token.count == 1 else {
                throw NATSError(.subjectInvalid, "a wildcard is a whole token: write it between dots")
            }
            guard token.first == Self.oneToken || index == tokens.count - 1 else {
                throw NATSError(.subjectInvalid, "the wildcard > stands for all that is left: write it last")
            }
        }
        self.bytes = bytes
    }

    /// - Parameter bytes: ones that have been made here.
    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// The one subject.
    package init(_ subject: Subject) { bytes = subject.bytes }

    private static func isWildcard(_ byte: UInt8) -> Bool { byte == oneToken || byte == restOfTokens }

    /// Whether messages to a subject are the subscription's.
    package func matches(_ subject: Subject) -> Bool {
        var own = bytes.split(separator: Subject.dot)[...]
        var other = subject.bytes.split(separator: Subject.dot, omittingEmptySubsequences: false)[...]
        while let token = own.popFirst() {
            guard let next = other.popFirst() else { return false }
            if token.elementsEqual([Self.restOfTokens]) { return true }
            guard token.elementsEqual([Self.oneToken]) || token.elementsEqual(next) else { return false }
        }
        return other.isEmpty
    }

    /// The text.
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// A queue group: each message goes to one of its members.
package struct QueueGroup: Sendable, Hashable, CustomStringConvertible {
    let bytes: [UInt8]

    /// Checks a group's name.
    ///
    /// - Parameter name: without spaces and control characters.
    /// - Throws: ``NATSError`` with code `subjectInvalid`.
    package init(_ name: String) throws(NATSError) {
        bytes = Array(name.utf8)
        let isName = (1...Subject.longest).contains(bytes.count) && bytes.allSatisfy(Subject.canStandInLine)
        guard isName else {
            throw NATSError(.subjectInvalid, "a queue group's name has no spaces, and 1 to \(Subject.longest) bytes")
        }
    }

    /// The name.
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
