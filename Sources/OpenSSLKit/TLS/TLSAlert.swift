// The names of TLS alerts, for error messages. Not a parser: OpenSSL reads and writes the alerts themselves.

/// The description of a TLS alert (RFC 8446 §6).
package struct TLSAlert: Sendable, Equatable, CustomStringConvertible {
    /// The number on the wire.
    package var code: UInt8

    /// - Parameter code: The number on the wire.
    package init(code: UInt8) { self.code = code }

    /// The name in RFC 8446 Appendix B.2, or the number if it has none there.
    package var description: String { Self.names[code] ?? "alert \(code)" }

    private static let names: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
        40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
        45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
        49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version",
        71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
        100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
        113: "bad_certificate_status_response", 115: "unknown_psk_identity", 116: "certificate_required",
        120: "no_application_protocol",
    ]
}
