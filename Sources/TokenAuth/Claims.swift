// What a verified token says. There is no other way to one than the verifier.

internal import StrictJSON

/// Who asks and what they may do.
///
/// One object, since every request of a connection takes hold of the same.
package final class Claims: Sendable, Equatable {
    /// The user (`sub`, RFC 7519 §4.1.2).
    package let subject: String
    /// The token's own name (`jti`, §4.1.7).
    let tokenID: String?
    /// When it was issued (`iat`, §4.1.6), rounded up to whole seconds.
    let issuedAt: NumericDate?
    /// When it ends (`exp`, §4.1.4), rounded down to whole seconds.
    package let expiresAt: NumericDate
    /// The key that signed it (`kid`, RFC 7515 §4.1.4).
    package let keyID: String
    /// The same key, told from another of the same name.
    package let key: KeyMark
    /// What its holder may do beyond reading its own events and everyone's.
    package let grants: Grants

    init(
        subject: String, tokenID: String?, issuedAt: NumericDate?, expiresAt: NumericDate, keyID: String, key: KeyMark,
        grants: Grants
    ) {
        self.subject = subject
        self.tokenID = tokenID
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.keyID = keyID
        self.key = key
        self.grants = grants
    }

    package static func == (left: Claims, right: Claims) -> Bool {
        left.subject == right.subject && left.tokenID == right.tokenID && left.issuedAt == right.issuedAt
            && left.expiresAt == right.expiresAt && left.keyID == right.keyID && left.key == right.key
            && left.grants == right.grants
    }
}

// A token's claims as they stand in it (RFC 7519 §4.1): each of the right kind, none judged yet. Made only of what has
// a good signature.

/// Claims, read but not judged.
struct ClaimSet {
    private(set) var issuer: String?
    private(set) var subject: String?
    private(set) var audiences: [String]?
    private(set) var expiresAt: NumericDate?
    private(set) var notBefore: NumericDate?
    private(set) var issuedAt: NumericDate?
    private(set) var tokenID: String?
    private(set) var grants = Grants.none

    init(json: [UInt8]) throws(TokenRefusal) {
        var json = try TokenJSON(json, .claims)
        var claims = try json.beginObject()
        while let name = try json.nextMember(of: &claims) { try read(name, from: &json) }
        try json.finish()
    }

    /// Claims that are not known are passed over (RFC 7519 §4).
    private mutating func read(_ name: String, from json: inout TokenJSON) throws(TokenRefusal) {
        switch name {
        case "iss": issuer = try json.string("iss")
        case "sub": subject = try json.string("sub")
        case "aud": audiences = try json.kind() == .array ? json.strings("aud") : [json.string("aud")]
        case "exp": expiresAt = try json.date("exp", rounded: .down)
        case "nbf": notBefore = try json.date("nbf", rounded: .up)
        case "iat": issuedAt = try json.date("iat", rounded: .up)
        case "jti": tokenID = try json.string("jti")
        case "sluice": grants = try Self.grants(from: &json)
        default: try json.skipValue()
        }
    }

    /// Here nothing is passed over: a typing error must neither grant nor lose anything in silence.
    private static func grants(from json: inout TokenJSON) throws(TokenRefusal) -> Grants {
        guard try json.kind() == .object else {
            throw TokenRefusal(.claims, "The token's claims: `sluice` should be an object.")
        }
        var (subscribe, publish, isAdmin): ([String], [String], Bool) = ([], [], false)
        var members = try json.beginObject()
        while let name = try json.nextMember(of: &members) {
            switch name {
            case "subscribe": subscribe = try json.strings("subscribe")
            case "publish": publish = try json.strings("publish")
            case "admin": isAdmin = try json.bool("admin")
            default:
                throw TokenRefusal(
                    .claims, "The token's claims: `sluice` has a member other than `subscribe`, `publish` and `admin`.")
            }
        }
        do {
            return try Grants(subscribe: subscribe, publish: publish, isAdmin: isAdmin)
        } catch {
            throw TokenRefusal(.claims, "The token's claims: `sluice`: \(error.message)")
        }
    }
}
