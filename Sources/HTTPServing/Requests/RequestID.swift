// Which request it is: in its answer, in the log's lines about it, and in the audit of what it published. The client's
// own name for it where it has one, so that its log and ours are about the same; else one of ours.

package import HTTPTypes
internal import PeerText
internal import Synchronization

/// The name of one request.
package struct RequestID: Sendable, Equatable {
    /// As the answer's `X-Request-Id` has it.
    package let text: String
    /// The trace that it is part of, by its `traceparent` (W3C Trace Context §3.2).
    package let trace: String?

    /// A client's name for its request has at most so many bytes: room for a UUID or a trace, and for no token.
    static let byteLimit = 64

    /// What a request calls itself: its `X-Request-Id`, else its trace. Nothing where it has neither, or where they are
    /// malformed.
    package init?(_ fields: HTTPFields) {
        let named = Self.single(Self.idField, in: fields).flatMap { Self.isName($0) ? $0 : nil }
        trace = Self.single(Self.traceField, in: fields).flatMap(TraceParent.trace)
        guard let text = named ?? trace else { return nil }
        self.text = text
    }

    private init(text: String) { (self.text, trace) = (text, nil) }

    /// A name of ours: of this process, and of no other request of it. It fits a Swift string without an allocation.
    package static func fresh() -> RequestID {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return RequestID(text: process + String(number, radix: 36))
    }

    package static let name = "x-request-id"

    private static let count = Atomic<UInt64>(0)
    /// Six random letters, and a dash.
    private static let process =
        String((0..<6).compactMap { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() }) + "-"
    private static let idField = HTTPField.Name("X-Request-Id")
    private static let traceField = HTTPField.Name(TraceParent.name)

    private static func single(_ name: HTTPField.Name?, in fields: HTTPFields) -> String? {
        var found: String?
        for field in fields where field.name == name {
            guard found == nil else { return nil }
            found = field.value
        }
        return found
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
