// What a verified token says. There is no other way to one than the verifier.

internal import StrictJSON

/// Who asks and what they may do.
///
/// One object, since every request of a connection takes hold of the same.
package final class Claims: Sendable, Equatable {
    /// The user: `sub` (RFC 7519 §4.1.2), or the claim that the issuer's rules name in its place, behind the prefix of
    /// its users.
    package let subject: String
    /// The issuer whose rules and keys it was judged by: its name in the configuration, which is `iss`. Nothing for
    /// the default one (`auth.keys`).
    package let issuer: String?
    /// The token's own name (`jti`, §4.1.7).
    package let tokenID: String?
    /// When it was issued (`iat`, §4.1.6), rounded up to whole seconds.
    package let issuedAt: NumericDate?
    /// The same, rounded down: the second in which it was issued, which revocations compare with.
    package let issueSecond: NumericDate?
    /// When it ends (`exp`, §4.1.4), rounded down to whole seconds.
    package let expiresAt: NumericDate
    /// The name of the key that signed it (`kid`, RFC 7515 §4.1.4); nothing when the key has none.
    package let keyID: String?
    /// The same key, told from another of the same name and from itself at another issuer.
    package let key: KeyMark
    /// What its holder may do beyond reading its own events and everyone's.
    package let grants: Grants

    init(_ set: ClaimSet, subject: String, expiresAt: NumericDate, issuer: String?, key: SigningKey) {
        self.subject = subject
        self.issuer = issuer
        self.tokenID = set.tokenID
        self.issuedAt = set.issuedAt
        self.issueSecond = set.issueSecond
        self.expiresAt = expiresAt
        self.keyID = key.keyID
        self.key = key.mark.at(issuer: issuer)
        self.grants = set.grants
    }

    /// The claims of a token that is not here any more, as they were written down when it was verified.
    init(_ kept: KeptClaims, issuer: String?) {
        self.subject = kept.user
        self.issuer = issuer
        self.tokenID = kept.tokenID
        self.issuedAt = kept.issuedAt
        self.issueSecond = kept.issueSecond
        self.expiresAt = kept.expiresAt
        self.keyID = kept.keyID
        self.key = kept.key
        self.grants = kept.grants
    }

    package static func == (left: Claims, right: Claims) -> Bool {
        left.subject == right.subject && left.issuer == right.issuer && left.tokenID == right.tokenID
            && left.issuedAt == right.issuedAt && left.expiresAt == right.expiresAt && left.keyID == right.keyID
            && left.key == right.key && left.grants == right.grants
    }
}

// A token's claims as they stand in it (RFC 7519 §4.1): each of the right kind, none judged yet. Made only of what has
// a good signature.

/// Claims, read but not judged.
struct ClaimSet {
    private(set) var issuer: String?
    private(set) var user: String?
    /// Whether the issuer says that the user's claim is his, where there is a claim for that, see ``ClaimPath/proof``.
    private(set) var isUserProven = false
    private(set) var audiences: [String]?
    /// `azp` and `client_id`, where the rules ask for them.
    private(set) var parties: [String] = []
    private(set) var expiresAt: NumericDate?
    private(set) var notBefore: NumericDate?
    private(set) var issuedAt: NumericDate?
    private(set) var issueSecond: NumericDate?
    private(set) var tokenID: String?
    private(set) var grants: Grants

    /// - Parameters:
    ///   - json: the claims' text.
    ///   - rules: where the user and the grants stand.
    init(json: [UInt8], rules: IssuerRules) throws(TokenRefusal) {
        grants = rules.defaultGrants
        var json = try TokenJSON(json, .claims)
        let searches = !rules.haveOwnClaims
        var (userSearch, grantsSearch) = (ClaimSearch(rules.userClaim), ClaimSearch(rules.grantsClaim))
        var claims = try json.beginObject()
        while let name = try json.nextMember(of: &claims) {
            if searches {
                userSearch.pass(name, at: json)
                grantsSearch.pass(name, at: json)
            } else if rules.userClaim.isName(name) {
                user = try json.string(rules.userClaim.shown, isQuoted: true)
                continue
            } else if rules.grantsClaim.isName(name) {
                grants = try rules.grants(from: &json)
                continue
            }
            if let proof = rules.userClaim.proof, proof == name {
                isUserProven = try json.isTrue()
            } else {
                try read(name, from: &json, wantsParties: !rules.authorizedParties.isEmpty)
            }
        }
        try json.finish()
        guard searches else { return }
        if var place = try userSearch.value() { user = try place.string(rules.userClaim.shown, isQuoted: true) }
        if var place = try grantsSearch.value() { grants = try rules.grants(from: &place) }
    }

    /// The names of the claims that ``read(_:from:wantsParties:)`` knows.
    static let names: Set = ["iss", "aud", "exp", "nbf", "iat", "jti", "azp", "client_id"]

    /// Claims that are not known are passed over (RFC 7519 §4).
    private mutating func read(
        _ name: String, from json: inout TokenJSON, wantsParties: Bool
    ) throws(TokenRefusal) {
        switch name {
        case "iss": issuer = try json.string("iss")
        case "aud": audiences = try json.kind() == .array ? json.strings("aud") : [json.string("aud")]
        case "exp": expiresAt = try json.date("exp", rounded: .down)
        case "nbf": notBefore = try json.date("nbf", rounded: .up)
        case "iat": (issueSecond, issuedAt) = try json.dates("iat")
        case "jti": tokenID = try json.string("jti")
        case "azp" where wantsParties: parties.append(try json.string("azp"))
        case "client_id" where wantsParties: parties.append(try json.string("client_id"))
        default: try json.skipValue()
        }
    }
}
