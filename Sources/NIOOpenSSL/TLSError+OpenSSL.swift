// How OpenSSL's failures become errors of this library: who must act, and in which words.

internal import OpenSSLKit

extension TLSError {
    /// A configuration that was refused.
    init(_ failure: LoadFailure) {
        self.init(code: Self.code(of: failure.kind), message: failure.message)
    }

    /// - Parameters:
    ///   - failure: What a verb of the connection reported.
    ///   - fallback: The code when OpenSSL's reason tells nothing more exact.
    init(_ failure: OpenSSLFailure, otherwise fallback: Code) {
        let (code, explanation) = Self.explain(failure.kind) ?? (fallback, "the connection failed")
        self.init(
            code: code, message: "\(explanation): \(failure.reason)",
            alert: Self.alert(of: failure).map { "\(TLSAlert(code: $0))" })
    }

    private static func alert(of failure: OpenSSLFailure) -> UInt8? {
        if case .alertReceived(let alert) = failure.kind { return alert }
        return failure.alertSent
    }

    private static func explain(_ kind: OpenSSLFailure.Kind) -> (Code, String)? {
        switch kind {
        case .alertReceived(let alert): (.alertReceived, "the peer sent the alert \(TLSAlert(code: alert))")
        case .certificateRejected(let verdict): (.certificateRejected, "the peer's certificate is refused: \(verdict)")
        case .certificateMissing: (.certificateMissing, "the peer sent no certificate, and one is required")
        case .versionRefused: (.versionRefused, "the peer offers no protocol version that is accepted here")
        case .nothingShared: (.nothingShared, "the peer and we have no cipher, group or signature in common")
        case .noApplicationProtocol: (.noApplicationProtocol, "the peer offers no application protocol that we speak")
        case .plaintextHTTP: (.plaintextHTTP, "the peer sent a plaintext HTTP request to a TLS port; use https://")
        case .notTLS: (.notTLS, "the peer's bytes are not TLS")
        case .other: nil
        }
    }

    private static func code(of kind: LoadFailure.Kind) -> Code {
        switch kind {
        case .fileUnreadable: .fileUnreadable
        case .certificateInvalid: .certificateInvalid
        case .keyInvalid: .keyInvalid
        case .keyEncrypted: .keyEncrypted
        case .keyMismatch: .keyMismatch
        case .trustInvalid: .trustInvalid
        case .settingRefused: .settingRefused
        }
    }
}
