// The authorities that a program trusts.

internal import OpenSSLKit

/// The certificate authorities that a peer's certificate must come from.
public struct TLSTrustRoots: Sendable {
    private enum Source {
        case system
        case file(String)
        case pem([UInt8])
        case pinned([TLSIdentity])
    }

    private let source: Source

    /// The authorities that this machine trusts.
    public static let system = TLSTrustRoots(source: .system)

    /// The authorities in a PEM file, and no others.
    ///
    /// - Parameter path: The file's path; it is read when the ``TLSContext`` is made.
    public static func file(_ path: String) -> TLSTrustRoots { TLSTrustRoots(source: .file(path)) }

    /// The authorities in a PEM text, and no others.
    ///
    /// - Parameter bytes: The text.
    public static func pem(_ bytes: [UInt8]) -> TLSTrustRoots { TLSTrustRoots(source: .pem(bytes)) }

    /// The certificates of these chains themselves, whoever has issued them: for a peer whose certificate is known. Its
    /// validity and its names are verified as of any other.
    ///
    /// - Parameter identities: What the peer has. Their keys are not used.
    public static func pinned(to identities: [TLSIdentity]) -> TLSTrustRoots {
        TLSTrustRoots(source: .pinned(identities))
    }

    /// One authority: its name and its validity.
    public struct Authority: Sendable, Equatable {
        /// The subject of its certificate (RFC 4514).
        public let subject: String
        /// The start of its validity, in seconds since 1970-01-01T00:00:00Z.
        public let notBefore: Int64
        /// The end of its validity, in seconds since 1970-01-01T00:00:00Z.
        public let notAfter: Int64
    }

    /// The authorities of the file or text; none for ``system``.
    ///
    /// - Throws: ``TLSError`` when the file or text can't be read.
    public func authorities() throws(TLSError) -> [Authority] {
        do throws(LoadFailure) {
            guard case .certificates(let text) = try load() else { return [] }
            return try text.validities().map {
                Authority(subject: $0.subject, notBefore: $0.notBefore, notAfter: $0.notAfter)
            }
        } catch {
            throw TLSError(error)
        }
    }

    func load() throws(LoadFailure) -> OpenSSLContextSettings.Trust {
        switch source {
        case .system: .system
        case .file(let path): .certificates(try PEMText(file: path))
        case .pinned(let identities): .pinned(identities.map(\.identity))
        case .pem(let bytes): .certificates(PEMText(name: "the trust roots", bytes: bytes))
        }
    }
}
