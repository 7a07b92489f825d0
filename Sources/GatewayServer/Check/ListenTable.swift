// Reads who listens where from Linux's table of TCP sockets, /proc/net/tcp and tcp6 (proc_net_tcp(5)). It gets the text
// from its caller.

internal import Glibc

/// A socket that listens.
struct ListeningSocket: Sendable, Equatable {
    /// Its inode, which /proc/PID/fd names as `socket:[inode]`.
    let inode: UInt64
    /// The user who owns it.
    let user: UInt32

    /// The sockets in a table that keep us from listening on an address.
    ///
    /// - Parameters:
    ///   - table: the file's text.
    ///   - address: an IP address.
    ///   - port: a TCP port.
    static func all(in table: String, inTheWayOf address: String, port: Int) -> [ListeningSocket] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == listening, let user = UInt32(fields[7]), let inode = UInt64(fields[9])
            else { return nil }
            let place = fields[1].split(separator: ":")
            guard place.count == 2, Int(place[1], radix: 16) == port, clash(place[0], with: address) else { return nil }
            return ListeningSocket(inode: inode, user: user)
        }
    }

    /// TCP_LISTEN.
    private static let listening: Substring = "0A"

    /// Whether two addresses can't both be listened on: one of them stands for every address, or they are the same. A
    /// table has one family of addresses. A socket on `::` may leave IPv4 to others, which is not considered here.
    private static func clash(_ taken: Substring, with address: String) -> Bool {
        let isEverywhere = address == "0.0.0.0" || address == "::"
        return isEverywhere || taken.allSatisfy { $0 == "0" } || taken == hexadecimal(address)
    }

    /// An address as the table writes it: its 32-bit words in the machine's byte order.
    private static func hexadecimal(_ address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 {
            bytes.removeLast(12)
        } else if inet_pton(AF_INET6, address, &bytes) != 1 {
            return ""
        }
        return stride(from: 0, to: bytes.count - 3, by: 4).map { start in
            let word = bytes[start..<start + 4].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
            let digits = String(word, radix: 16, uppercase: true)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }
}
