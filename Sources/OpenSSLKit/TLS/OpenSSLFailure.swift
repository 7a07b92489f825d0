// What OpenSSL reported when a call failed: the calling thread's error queue, read once and turned into values. It
// knows no channel and no configuration. The room above decides who must act on a failure.

internal import COpenSSL

/// A failed OpenSSL call, as values that outlive the thread's error queue.
package struct OpenSSLFailure: Error, Sendable, Equatable {
    /// What kind of failure it was, as far as OpenSSL's reason code tells.
    package var kind: Kind
    /// OpenSSL's own words, e.g. `no shared cipher`; several queued errors are joined with `; `, the deepest first.
    package var reason: String
    /// The alert we sent because of it (RFC 8446 §6), if one was sent.
    package var alertSent: UInt8?

    /// Takes over the calling thread's error queue and leaves it empty.
    ///
    /// - Parameter operation: Names the failed call when the queue holds no reason.
    static func fromQueue(_ operation: String) -> OpenSSLFailure {
        var codes: [UInt] = []
        var texts: [String] = []
        while case let entry = ErrorQueue.next(), let entry {
            codes.append(entry.code)
            texts.append(entry.text)
        }
        let kind = codes.lazy.map(Kind.init(code:)).first { $0 != .other } ?? .other
        let reason = texts.isEmpty ? "\(operation) failed without a reason" : texts.joined(separator: "; ")
        return OpenSSLFailure(kind: kind, reason: reason)
    }
}

extension OpenSSLFailure {
    /// The failures that callers tell apart. Every other one is ``other``, with OpenSSL's words.
    package enum Kind: Sendable, Equatable {
        /// The peer sent a fatal alert with this description (RFC 8446 §6.2).
        case alertReceived(UInt8)
        /// The peer's certificate did not verify; the text is OpenSSL's verdict on the chain or name.
        case certificateRejected(String)
        /// A client certificate is required and the peer sent none.
        case certificateMissing
        /// The peer offers no protocol version that we accept.
        case versionRefused
        /// No common cipher suite, group or signature algorithm.
        case nothingShared
        /// ALPN: no protocol in common (RFC 7301 §3.2).
        case noApplicationProtocol
        /// The peer speaks plaintext HTTP.
        case plaintextHTTP
        /// The bytes are no TLS records at all.
        case notTLS
        /// Anything else.
        case other

        init(code: UInt) {
            let reason = ERR_GET_REASON(code)
            guard ERR_GET_LIB(code) == ERR_LIB_SSL else {
                self = .other
                return
            }
            if reason > SSL_AD_REASON_OFFSET, reason <= SSL_AD_REASON_OFFSET + 255 {
                self = .alertReceived(UInt8(reason - SSL_AD_REASON_OFFSET))
            } else {
                self = Self.byReason[reason] ?? .other
            }
        }

        // `certificateRejected` gets its verdict from the connection, because only that knows it.
        private static let byReason: [Int32: Kind] = [
            SSL_R_CERTIFICATE_VERIFY_FAILED: .certificateRejected(""),
            SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: .certificateMissing,
            SSL_R_UNSUPPORTED_PROTOCOL: .versionRefused,
            SSL_R_VERSION_TOO_LOW: .versionRefused,
            SSL_R_WRONG_SSL_VERSION: .versionRefused,
            SSL_R_NO_SHARED_CIPHER: .nothingShared,
            SSL_R_NO_SHARED_GROUPS: .nothingShared,
            SSL_R_NO_SUITABLE_KEY_SHARE: .nothingShared,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: .nothingShared,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS: .nothingShared,
            SSL_R_NO_APPLICATION_PROTOCOL: .noApplicationProtocol,
            SSL_R_HTTP_REQUEST: .plaintextHTTP,
            SSL_R_HTTPS_PROXY_REQUEST: .plaintextHTTP,
            SSL_R_WRONG_VERSION_NUMBER: .notTLS,
            SSL_R_UNKNOWN_PROTOCOL: .notTLS,
        ]
    }
}

/// The calling thread's queue of OpenSSL errors.
///
/// `SSL_get_error` reads this queue, so a stale entry of another connection would be taken for a failure of this one:
/// every call that it follows begins with ``clear()``.
enum ErrorQueue {
    static func clear() { ERR_clear_error() }

    static func next() -> (code: UInt, text: String)? {
        var data: UnsafePointer<CChar>?
        var flags: CInt = 0
        let code = ERR_get_error_all(nil, nil, nil, &data, &flags)
        guard code != 0 else { return nil }
        return (code, text(of: code, data: flags & ERR_TXT_STRING != 0 ? data : nil))
    }

    private static func text(of code: UInt, data: UnsafePointer<CChar>?) -> String {
        var text = "error \(code)"
        if let reason = ERR_reason_error_string(code) {
            text = String(cString: reason)
        } else if code & systemErrorBit != 0 {
            text = String(cString: strerror(ERR_GET_REASON(code)))
        }
        guard let data, case let detail = String(cString: data), !detail.isEmpty else { return text }
        return "\(text) (\(detail))"
    }

    // ERR_SYSTEM_FLAG: the reason is an errno.
    private static let systemErrorBit: UInt = 0x8000_0000
}
