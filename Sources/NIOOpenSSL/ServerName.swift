// Reads the name of a server as a host name or an address, for which its certificate is verified. It resolves nothing.

internal import NIOCore
internal import OpenSSLKit

/// Parses the name of a server.
enum ServerName {
    /// - Parameter text: A host name (ASCII, perhaps with a trailing dot) or an IP address, without brackets.
    /// - Throws: ``TLSError`` when it is neither.
    static func parse(_ text: String) throws(TLSError) -> PeerName {
        if (try? SocketAddress(ipAddress: text, port: 0)) != nil { return .address(text) }
        var name = text.lowercased()
        // Names in SNI and in certificates have no trailing dot (RFC 6066 §3).
        if name.hasSuffix(".") { name.removeLast() }
        guard isHostName(name) else {
            throw TLSError(
                code: .serverNameInvalid,
                message: "'\(text)' is neither a host name nor an IP address; "
                    + "write an internationalised name in its ASCII form, 'xn--…'")
        }
        return .host(name)
    }

    // RFC 1123 §2.1, with the underscore that real names contain.
    private static func isHostName(_ name: String) -> Bool {
        guard name.utf8.count <= 253 else { return false }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.allSatisfy { label in (1...63).contains(label.count) && label.allSatisfy(isHostNameByte) }
    }

    private static func isHostNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
