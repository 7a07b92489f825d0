// The header of a message: fields in order, and what a server says by a status. How they are written is in
// `Headers+Wire.swift`.

internal import PeerText

/// A message's header. Names are compared as they stand, unlike HTTP's: `Nats-Msg-Id` and `nats-msg-id` are two.
package struct Headers: Sendable, Equatable {
    /// A field.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// What a server says by the header's first line instead of by a payload.
    package struct Status: Sendable, Equatable {
        /// Three digits, as in HTTP.
        package let code: Int
        /// The words behind the code, which may be none.
        package let text: String

        /// Nobody listens to the subject that a request went to.
        package static let noResponders = 503

        package init(code: Int, text: String = "") {
            self.code = code
            self.text = text
        }
    }

    /// The fields, in order. A name may stand in several.
    package private(set) var fields: [Field] = []
    /// The status, which only a server's messages have.
    package internal(set) var status: Status?

    /// How many fields a header may have.
    static let mostFields = 256

    /// No fields.
    package init() {}

    /// Whether there is nothing to send.
    package var isEmpty: Bool { fields.isEmpty && status == nil }

    /// Adds a field behind those that there are.
    ///
    /// - Parameters:
    ///   - name: printable ASCII without a colon.
    ///   - value: without control characters; spaces around it are not kept.
    /// - Throws: ``NATSError`` with code `headerInvalid`.
    package mutating func add(_ name: String, _ value: String) throws(NATSError) {
        let isName = !name.isEmpty && name.utf8.allSatisfy(Self.isNameByte)
        guard isName else {
            throw NATSError(.headerInvalid, "a header's name is printable ASCII without spaces and colons")
        }
        // One that reads a lone CR, or NUL, as the end would see another field (RFC 9110 §5.5 has the same rule).
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw NATSError(.headerInvalid, "a header's value has no control characters")
        }
        guard fields.count < Self.mostFields else {
            throw NATSError(.headerInvalid, "a header has at most \(Self.mostFields) fields")
        }
        fields.append(Field(name: name, value: String(decoding: value.bytes.trimmed, as: UTF8.self)))
    }

    /// The value of the first field with this name.
    package func first(_ name: String) -> String? {
        fields.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// The values of all fields with this name.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: ":")
    }
}
