// A header block as it stands before the payload of HPUB and HMSG: `NATS/1.0`, perhaps a status, the fields, and an
// empty line.

package import NIOCore
internal import PeerText

extension Headers {
    private static let version = "NATS/1.0"
    private static let lineEnd = "\r\n"

    /// How many bytes the block has.
    var encodedBytes: Int {
        var count = Self.version.utf8.count + 2 * Self.lineEnd.utf8.count
        if let status { count += 4 + (status.text.isEmpty ? 0 : 1 + status.text.utf8.count) }
        for field in fields { count += field.name.utf8.count + 2 + field.value.utf8.count + 2 }
        return count
    }

    /// Writes the block.
    func write(into buffer: inout ByteBuffer) {
        buffer.writeString(Self.version)
        if let status {
            buffer.writeString(" \(status.code)")
            if !status.text.isEmpty { buffer.writeString(" \(status.text)") }
        }
        buffer.writeString(Self.lineEnd)
        for field in fields {
            buffer.writeString(field.name)
            buffer.writeString(": ")
            buffer.writeString(field.value)
            buffer.writeString(Self.lineEnd)
        }
        buffer.writeString(Self.lineEnd)
    }

    /// Reads a block.
    ///
    /// - Parameter block: all of it, the empty line included.
    /// - Throws: ``NATSError`` with code `headerInvalid`. The block is the publisher's and the server does not look at
    ///   it, so this is the fault of one message, and no reason to end the connection.
    package init(block: ByteBuffer) throws(NATSError) {
        self.init()
        guard let text = String(validating: block.readableBytesView, as: UTF8.self) else {
            throw NATSError(.headerInvalid, "the message's header is not UTF-8")
        }
        var rest = text.bytes
        status = try Self.status(try Self.takeLine(of: &rest))
        while true {
            let line = try Self.takeLine(of: &rest)
            if line.isEmpty { break }
            let (name, value) = line.cut(at: UInt8(ascii: ":"))
            guard let value else { throw NATSError(.headerInvalid, "a line of the message's header has no colon") }
            try add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        guard rest.isEmpty else { throw NATSError(.headerInvalid, "the message's header goes on behind its end") }
    }

    private static func takeLine(of rest: inout Substring.UTF8View) throws(NATSError) -> Substring.UTF8View {
        let (line, behind) = rest.cut(at: 0x0a)
        guard let behind, line.last == 0x0d else {
            throw NATSError(.headerInvalid, "a line of the message's header does not end with CR LF")
        }
        rest = behind
        return line.dropLast()
    }

    /// Reads the first line.
    private static func status(_ line: Substring.UTF8View) throws(NATSError) -> Status? {
        guard line.starts(with: version.utf8) else {
            throw NATSError(.headerInvalid, "the message's header does not begin with \(version)")
        }
        let behind = line.dropFirst(version.utf8.count)
        if behind.trimmed.isEmpty { return nil }
        let (digits, text) = behind.trimmed.cut(at: 0x20)
        guard behind.first == 0x20, digits.count == 3, digits.allSatisfy(ASCII.isDigit) else {
            throw NATSError(.headerInvalid, "the status of the message's header has not three digits")
        }
        let code = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return Status(code: code, text: String(decoding: (text ?? behind[behind.endIndex...]).trimmed, as: UTF8.self))
    }
}
