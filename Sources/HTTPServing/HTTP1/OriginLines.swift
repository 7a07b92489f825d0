// The Origin of a request whose head nobody could make out: so that the page that sent it can read why. Only for the
// fields of such an answer; a head that is decoded says its own Origin.

internal import PeerText

/// Finds `Origin` in the lines of a head.
enum OriginLines {
    /// The values of all complete lines that are an `Origin` (RFC 6454 §7).
    ///
    /// - Parameter bytes: lines of a head, from the beginning of one.
    static func values(in bytes: [UInt8]) -> [String] {
        // What stands behind the last line break is no whole line: an origin that is cut is another origin.
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return bytes[..<end].split(separator: UInt8(ascii: "\n")).compactMap(value)
    }

    private static func value(of line: ArraySlice<UInt8>) -> String? {
        // Most lines are told by their length or first letter.
        guard line.count > name.count, line[line.startIndex] | 0x20 == name[0] else { return nil }
        let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        let (before, behind) = text.bytes.cut(at: UInt8(ascii: ":"))
        guard before.equalsIgnoringCase("origin") else { return nil }
        return behind.map { String(Substring($0.trimmed)) }
    }

    private static let name = Array("origin:".utf8)
}
