// What an issuer's tokens have to say and where they say it: which claim is the user, which the grants, and what the
// issuer's roles are worth here. Says nothing of keys.

internal import PeerText
internal import StrictJSON

/// The rules for the tokens of one issuer.
package struct IssuerRules: Sendable, Equatable {
    /// What `iss` has to be, byte by byte. Nothing: the default issuer, whose keys are those of `auth.keys` and whose
    /// name, if any, is ``TokenPolicy/issuer``.
    package let name: String?
    /// What `aud` may name (RFC 7519 §4.1.3). None: a token that is meant for anyone by name is not meant for us.
    package let audiences: [String]
    /// Clients whose tokens are taken without an `aud` for us: one that `azp` (OpenID Connect Core §2) or `client_id`
    /// (RFC 9068 §2.2) names. Where there are audiences, a token with an `aud` has to name one of them all the same.
    package let authorizedParties: [String]
    /// The claim that is the user.
    package let userClaim: ClaimPath
    /// What stands before that claim's value in the user's name here, so that no other issuer's user is called so.
    package let userPrefix: String
    /// The claim that holds grants, or the roles or scopes that ``roleGrants`` makes grants of.
    package let grantsClaim: ClaimPath
    /// What roles and scopes grant, by their names without the kind before them.
    package let roleGrants: [String: Grants]
    /// The grants of tokens without the claim for grants.
    package let defaultGrants: Grants
    /// Whether user and grants stand in claims of their own, as with most issuers: then both are read as they go by,
    /// and need not be searched for.
    let haveOwnClaims: Bool

    /// - Parameters:
    ///   - name: what `iss` has to be; nothing for the default issuer.
    ///   - audiences: what `aud` may name.
    ///   - authorizedParties: what `azp` or `client_id` may be in place of `aud`.
    ///   - userClaim: the claim that is the user.
    ///   - userPrefix: what stands before its value in the user's name here.
    ///   - grantsClaim: the claim that holds grants, roles or scopes.
    ///   - roleGrants: by role or scope: `role:editor`, `scope:chat`, `group:staff`, or the bare name. The word before
    ///     the colon is for the reader: what a token's claim holds is a name, and one claim is read. Each as
    ///     ``RoleName`` has it.
    ///   - defaultGrants: the grants of tokens without that claim.
    package init(
        name: String? = nil, audiences: [String] = [], authorizedParties: [String] = [],
        userClaim: ClaimPath = .subject, userPrefix: String = "", grantsClaim: ClaimPath = .sluice,
        roleGrants: [String: Grants] = [:], defaultGrants: Grants = .none
    ) {
        self.name = name
        self.audiences = audiences
        self.authorizedParties = authorizedParties
        self.userClaim = userClaim
        self.userPrefix = userPrefix
        self.grantsClaim = grantsClaim
        self.roleGrants = Dictionary(
            roleGrants.map { (Self.bareName($0.key), $0.value) }, uniquingKeysWith: { Grants(uniting: [$0, $1]) })
        self.defaultGrants = defaultGrants
        haveOwnClaims = userClaim.isOwnName && grantsClaim.isOwnName && userClaim != grantsClaim
    }

    /// The name of a role behind the word for its kind.
    private static func bareName(_ name: String) -> String {
        for kind in ["role:", "scope:", "group:"] where name.utf8.starts(with: kind.utf8) {
            return String(name.utf8.dropFirst(kind.utf8.count)) ?? name
        }
        return name
    }
}

// From the claim for grants to grants.

extension IssuerRules {
    /// The grants of a claim: an object as ``Grants`` describes it, an array of roles, or scopes in a string with
    /// spaces between them (RFC 8693 §4.2). Of roles and scopes, those that are not configured grant nothing. An object
    /// grants only where it is the operator's own claim, see ``takesObjects``.
    ///
    /// - Parameter json: stands at the claim's value.
    func grants(from json: inout TokenJSON) throws(TokenRefusal) -> Grants {
        switch try json.kind() {
        case .object where takesObjects: return try Self.object(from: &json, grantsClaim)
        case .array where !roleGrants.isEmpty:
            return granted(to: try json.strings(grantsClaim.shown, isQuoted: true).map(\.bytes))
        case .string where !roleGrants.isEmpty:
            let scopes = try json.string(grantsClaim.shown, isQuoted: true)
            return granted(to: scopes.bytes.split(separator: UInt8(ascii: " ")))
        default: throw TokenRefusal(.claims, "The token's claims: \(grantsClaim.shown) should be \(expected).")
        }
    }

    /// Whether a claim may say itself what it grants. A provider may hold what its users wrote in a claim of any other
    /// name, and with a mapping the operator has said what there is to grant.
    private var takesObjects: Bool { name == nil || (grantsClaim == .sluice && roleGrants.isEmpty) }

    private var expected: String {
        switch (takesObjects, roleGrants.isEmpty) {
        case (true, true): "an object; roles and scopes need a mapping (auth.grants)"
        case (true, false): "an object, an array of roles, or scopes with spaces between them"
        case (false, true): "roles or scopes, which need a mapping (auth.grants, or grants in auth.issuers)"
        case (false, false): "an array of roles, or scopes with spaces between them"
        }
    }

    /// Names have to be of one form, see ``NameRule``: Swift's strings are equal when Unicode holds them for
    /// equivalent. Each is looked up once, however often a token has it.
    private func granted(to names: [Substring.UTF8View]) -> Grants {
        let roles = Set(names.compactMap { String($0) }.filter(NameRule.allows))
        let grants = roles.compactMap { roleGrants[$0] }
        return grants.isEmpty ? .none : Grants(uniting: grants)
    }

    /// Here nothing is passed over: a typing error must neither grant nor lose anything in silence.
    private static func object(from json: inout TokenJSON, _ claim: ClaimPath) throws(TokenRefusal) -> Grants {
        var (subscribe, publish, isAdmin): ([String], [String], Bool) = ([], [], false)
        var members = try json.beginObject()
        while let name = try json.nextMember(of: &members) {
            switch name {
            case "subscribe": subscribe = try json.strings("subscribe")
            case "publish": publish = try json.strings("publish")
            case "admin": isAdmin = try json.bool("admin")
            default:
                throw TokenRefusal(
                    .claims,
                    "The token's claims: \(claim.shown) has a member other than `subscribe`, `publish` and `admin`.")
            }
        }
        do {
            return try Grants(subscribe: subscribe, publish: publish, isAdmin: isAdmin)
        } catch {
            throw TokenRefusal(.claims, "The token's claims: \(claim.shown): \(error.message)")
        }
    }
}
