// An X.509 certificate (RFC 5280) and the facts we read from it. It does not verify anything.

internal import COpenSSL

/// An X.509 certificate.
///
/// Unchecked because it holds a C pointer: the certificate is never changed after parsing, and OpenSSL counts its
/// references and fills its caches under locks of its own.
final class Certificate: @unchecked Sendable {
    let pointer: OpaquePointer

    /// - Parameter pointer: An `X509` at +1, consumed.
    init(takingOwnership pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(pointer) }

    /// The subject (RFC 4514).
    var subject: String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        X509_NAME_print_ex(bio, X509_get_subject_name(pointer), 0, sluice_XN_FLAG_RFC2253())
        var text = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        let count = BIO_read(bio, &text, CInt(text.count))
        return String(decoding: text.prefix(Int(max(count, 0))), as: UTF8.self)
    }

    /// The SHA-256 digest of all of it.
    ///
    /// - Throws: When OpenSSL makes none.
    func fingerprint() throws(OpenSSLFailure) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        ErrorQueue.clear()
        guard X509_digest(pointer, EVP_sha256(), &digest, &count) == 1 else { throw .fromQueue("X509_digest") }
        return Array(digest.prefix(Int(count)))
    }

    /// The start of its validity, in seconds since 1970-01-01T00:00:00Z.
    var notBefore: Int64 { Self.seconds(X509_get0_notBefore(pointer)) }

    /// The end of its validity, in seconds since 1970-01-01T00:00:00Z.
    var notAfter: Int64 { Self.seconds(X509_get0_notAfter(pointer)) }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        guard let epoch = ASN1_TIME_set(nil, 0) else { return 0 }
        defer { ASN1_TIME_free(epoch) }
        var days: CInt = 0
        var seconds: CInt = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(seconds)
    }
}

// MARK: - Subject alternative names (RFC 5280 §4.2.1.6)

extension Certificate {
    /// DNS names, and IP addresses as text, in the certificate's order.
    var hostNames: [String] {
        guard let names = X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else { return [] }
        let stack = OpaquePointer(names)
        defer { GENERAL_NAMES_free(stack) }
        return (0..<OPENSSL_sk_num(stack)).compactMap { index in
            OPENSSL_sk_value(stack, index).flatMap(Self.text)
        }
    }

    private static func text(of entry: UnsafeMutableRawPointer) -> String? {
        var type: CInt = 0
        let value = GENERAL_NAME_get0_value(entry.assumingMemoryBound(to: GENERAL_NAME.self), &type)
        guard let value, type == GEN_DNS || type == GEN_IPADD else { return nil }
        let string = OpaquePointer(value)
        let asn1 = UnsafePointer<ASN1_STRING>(string)
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(asn1), count: Int(ASN1_STRING_length(asn1)))
        guard type == GEN_DNS else { return address(Array(bytes)) }
        // With a NUL inside a name, two parsers can read two different names.
        guard !bytes.contains(0) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        switch bytes.count {
        case 4:
            return bytes.map { String($0) }.joined(separator: ".")
        case 16:
            let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        default:
            return nil
        }
    }
}
