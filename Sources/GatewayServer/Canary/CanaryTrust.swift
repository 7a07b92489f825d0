// What a canary believes: the certificates that the gateway itself serves, pinned. They come with the server's context,
// and not from the files, which may have become others that nobody has taken.

internal import NIOOpenSSL

/// How canaries verify the gateway, and until when anybody can.
struct CanaryTrust: Sendable {
    /// How a canary's client verifies its server.
    struct Verification: Sendable {
        let context: TLSContext
        /// A name that the certificate is for.
        let serverName: String
    }

    /// Why a canary can't verify anything is no fault of the gateway's: it serves those who verify otherwise.
    let verification: Result<Verification, TLSError>
    /// When the certificates are valid, of which one is served to clients that ask for no name.
    private let validities: [(notBefore: Int64, notAfter: Int64)]

    /// - Parameter identities: what the gateway serves, the default one first.
    init(_ identities: [TLSIdentity]) {
        // One key of each kind for the same names: which of them is served is up to the client.
        let group = identities.filter { Set($0.hostNames) == Set(identities.first?.hostNames ?? []) }
        validities = group.map { ($0.ownNotBefore, $0.ownNotAfter) }
        verification = Result { () throws(TLSError) in try Self.verification(identities) }
    }

    /// What is wrong with what is served by default; a spare certificate in its chain is not.
    ///
    /// - Parameter now: in seconds since 1970-01-01T00:00:00Z.
    func fault(at now: Int64) -> String? {
        if validities.contains(where: { $0.notBefore <= now && now <= $0.notAfter }) { return nil }
        guard !validities.isEmpty else { return nil }
        return validities.contains { now < $0.notBefore }
            ? "the certificate is not valid yet" : "the certificate has expired"
    }

    private static func verification(_ identities: [TLSIdentity]) throws(TLSError) -> Verification {
        let names = identities.first?.hostNames ?? []
        guard let name = serverName(of: names) else {
            let problem = names.isEmpty ? "no host" : "no host that could be asked for"
            throw TLSError(code: .serverNameInvalid, message: "the certificate names \(problem)")
        }
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = .pinned(to: identities)
        return Verification(context: try TLSContext(client: configuration), serverName: name)
    }

    /// - Parameter names: whom a certificate is for.
    /// - Returns: the name to ask for: one without a wildcard, or else one that a wildcard stands for.
    static func serverName(of names: [String]) -> String? {
        let plain = names.filter { !$0.contains("*") }
        // A wildcard is the first label and stands for one (RFC 9525 §6.3); OpenSSL takes none before a single label.
        let wildcards = names.filter { $0.hasPrefix("*.") && $0.dropFirst(2).contains(".") }
        let covered = wildcards.map { "canary\($0.dropFirst())" }
        return (plain + covered).first(where: isUsable)
    }

    /// Whether a client could ask for it (RFC 1123 §2.1), be it a name or an address. Certificates have odd ones, too.
    private static func isUsable(_ name: String) -> Bool {
        guard name.utf8.count <= 253 else { return false }
        if name.contains(":") { return true }
        return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }
}
