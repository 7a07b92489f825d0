// The identities that many tests share. Made once.

@testable import NIOOpenSSL

/// Identities and contexts that many tests share.
enum TestIdentities {
    static let elliptic = made(.init(name: "elliptic"))
    static let rsa = made(.init(name: "rsa", isRSA: true))
    static let wildcard = made(.init(name: "wildcard", subjectAlternativeNames: "DNS:*.example.com"))
    static let exact = made(.init(name: "exact", subjectAlternativeNames: "DNS:www.example.com"))
    static let expired = made(.init(name: "expired", startDate: "20200101000000Z", endDate: "20210101000000Z"))
    static let client = made(.init(name: "publisher", subjectAlternativeNames: "DNS:publisher"))
    static let foreignClient: TLSIdentity = {
        guard let identity = try? TestAuthority.foreign.identity(.init(name: "intruder")) else {
            preconditionFailure("the foreign authority issues no certificate")
        }
        return identity
    }()

    private static func made(_ request: TestAuthority.Request) -> TLSIdentity {
        do {
            return try TestAuthority.shared.identity(request)
        } catch {
            preconditionFailure("the test authority issues no certificate: \(error)")
        }
    }
}
