// Which request it is: in its answer, in the log's lines about it, and in the audit of what it published. The client's
// own name for it where it has one, so that its log and ours are about the same; else one of ours.

package import HTTPTypes
internal import PeerText
internal import Synchronization

/// The name of one request.
package struct RequestID: Sendable, Equatable {
    private enum Source: Equatable {
        case client(String)
        /// A number of ours. It becomes a text when it is asked for, and for an answer once more.
        case count(UInt64)
    }

    private let source: Source
    /// The trace that it is part of, by its `traceparent` (W3C Trace Context §3.2).
    package let trace: String?

    /// A client's name for its request has at most so many bytes: room for a UUID or a trace, and for no token.
    static let byteLimit = 64

    /// What a request calls itself: its `X-Request-Id`, else its trace. Nothing where it has neither, or where they are
    /// malformed.
    package init?(_ fields: HTTPFields) {
        let named = Self.idField.flatMap(fields.only).flatMap { Self.isName($0) ? $0 : nil }
        trace = Self.traceField.flatMap(fields.only).flatMap(TraceParent.trace)
        guard let text = named ?? trace else { return nil }
        source = .client(text)
    }

    private init(number: UInt64) { (source, trace) = (.count(number), nil) }

    /// A name of ours: of this process, and of no other request of it.
    package static func fresh() -> RequestID {
        RequestID(number: count.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// As the answer's `X-Request-Id` has it.
    package var text: String {
        switch source {
        case .client(let text): text
        case .count(let number): Self.text(of: number)
        }
    }

    package static let name = "x-request-id"

    private static let count = Atomic<UInt64>(0)
    /// Six random letters, and a dash.
    private static let process: [UInt8] =
        (0..<6).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z")) } + [UInt8(ascii: "-")]
    private static let idField = HTTPField.Name("X-Request-Id")
    private static let traceField = HTTPField.Name(TraceParent.name)

    /// The process's letters and the number to the base of 36. Up to 2.8 million million requests it fits a string
    /// without memory of its own.
    private static func text(of number: UInt64) -> String {
        var (digits, rest) = (1, number / 36)
        while rest > 0 { (digits, rest) = (digits + 1, rest / 36) }
        let (letters, count, process) = ("0123456789abcdefghijklmnopqrstuvwxyz" as StaticString, digits, Self.process)
        return String(unsafeUninitializedCapacity: process.count + count) { text in
            for index in process.indices { text[index] = process[index] }
            var rest = number
            for place in 1...count {
                text[process.count + count - place] = letters.utf8Start[Int(rest % 36)]
                rest /= 36
            }
            return process.count + count
        }
    }

    /// Letters, digits and what UUIDs, ULIDs and Base64 have besides.
    private static func isName(_ text: String) -> Bool {
        (1...byteLimit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "-._~+/=:@".utf8.contains(byte)
                }
            }
    }
}
