// The field by which a request says which trace it is part of: `traceparent` (W3C Trace Context §3.2).

/// Which trace something is part of, which span of it comes before, and whether anybody records it.
package struct TraceParent: Sendable, Equatable {
    package static let name = "traceparent"

    /// 32 hexadecimal digits in lower case, not all zero (§3.2.2.3).
    package let trace: String
    /// 16 of them, not all zero (§3.2.2.4).
    package let span: String
    /// Whether the caller may have recorded its part (§3.2.2.5.1).
    package let isSampled: Bool

    package init(trace: String, span: String, isSampled: Bool) {
        (self.trace, self.span, self.isSampled) = (trace, span, isSampled)
    }

    /// Reads the field's value; nothing where it is malformed.
    package init?(_ text: String) {
        guard let parts = Self.parts(text) else { return nil }
        trace = String(decoding: parts.trace, as: UTF8.self)
        span = String(decoding: parts.span, as: UTF8.self)
        isSampled = parts.flags.last.map(Self.isOdd) ?? false
    }

    /// The field's value.
    package var text: String { "00-\(trace)-\(span)-\(isSampled ? "01" : "00")" }

    /// The trace alone.
    static func trace(of text: String) -> String? { parts(text).map { String(decoding: $0.trace, as: UTF8.self) } }

    /// The parts of `00-<trace>-<span>-<flags>`. A later version may have more behind that (§3.2.4).
    private static func parts(
        _ text: String
    ) -> (trace: ArraySlice<UInt8>, span: ArraySlice<UInt8>, flags: ArraySlice<UInt8>)? {
        let bytes = Array(text.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count == 55 || bytes.count > 55 && bytes.count <= 255 && bytes[55] == dash,
            bytes[2] == dash, bytes[35] == dash, bytes[52] == dash
        else { return nil }
        let (version, trace, span, flags) = (bytes[0..<2], bytes[3..<35], bytes[36..<52], bytes[53..<55])
        guard [version, trace, span, flags].allSatisfy({ $0.allSatisfy(isLowerHex) }),
            !version.elementsEqual("ff".utf8), !version.elementsEqual("00".utf8) || bytes.count == 55,
            trace.contains(where: { $0 != 0x30 }), span.contains(where: { $0 != 0x30 })
        else { return nil }
        return (trace, span, flags)
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// Of a hexadecimal digit: `a` is 0x61 and even.
    private static func isOdd(_ digit: UInt8) -> Bool { digit < 0x61 ? digit & 1 == 1 : digit & 1 == 0 }
}
