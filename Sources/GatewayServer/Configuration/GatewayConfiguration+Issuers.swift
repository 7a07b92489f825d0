// `auth.issuers` and what goes with it: who signs tokens, where his keys are, and what his claims mean here.

package import KeySources
package import TokenAuth

extension GatewayConfiguration {
    /// One of `auth.issuers`.
    package struct Issuer: Sendable, Equatable {
        /// Where its keys are.
        package enum Keys: Sendable, Equatable {
            /// A JWKS file, read at the start and at each reload.
            case file(String)
            /// Fetched from there, or from where the issuer's own document says.
            case fetched(KeySource)
        }

        /// What `iss` has to be, byte by byte.
        package let name: String
        package let keys: Keys
        /// What `aud` may name.
        package var audiences: [String] = []
        /// What `azp` or `client_id` may be in place of `aud`.
        package var authorizedParties: [String] = []
        /// The claim that is the user; nothing for `auth.claims.user`.
        package var userClaim: ClaimPath?
        /// What stands before that claim's value in the user's name here.
        package var userPrefix = ""
        /// The claim that holds the grants; nothing for `auth.claims.grants`.
        package var grantsClaim: ClaimPath?
        /// What its roles and scopes grant; nothing for `auth.grants`.
        package var grants: [String: Grants]?
        /// What its tokens grant without that claim; nothing for `auth.default_grants`.
        package var defaultGrants: Grants?

        /// Where its keys are fetched from, if they are.
        package var source: KeySource? { if case .fetched(let source) = keys { source } else { nil } }
        /// The file that its keys are in, if they are in one.
        package var file: String? { if case .file(let path) = keys { path } else { nil } }
    }

    /// `auth.claims.…`: which claims say who a token's user is and what he may do.
    package struct ClaimNames: Sendable, Equatable {
        /// The user.
        package var user = ClaimPath.subject
        /// Grants, roles or scopes.
        package var grants = ClaimPath.sluice

        package init() {}
    }
}

extension GatewayConfiguration.Issuer {
    static let members = [
        "issuer", "jwks_url", "jwks_file", "discovery", "ca", "audience", "authorized_parties", "user_claim",
        "user_prefix", "grants_claim", "grants", "default_grants",
    ]

    /// - Parameter part: one entry of the list.
    init(_ part: WrittenPart) throws(WrittenTreeError) {
        let members = try part.members(of: Self.members)
        guard let issuer = members["issuer"] else {
            throw part.error("has no issuer", "write `issuer:` and what its tokens have as `iss`")
        }
        name = try issuer.text()
        keys = try Self.keys(members, issuer, part)
        audiences = try members["audience"]?.texts() ?? []
        authorizedParties = try members["authorized_parties"]?.texts() ?? []
        userClaim = try members["user_claim"]?.claim()
        userPrefix = try members["user_prefix"]?.userPrefix() ?? ""
        grantsClaim = try members["grants_claim"]?.claim()
        grants = try members["grants"]?.roleGrants()
        defaultGrants = try members["default_grants"]?.grants()
    }

    private static func keys(
        _ members: [String: WrittenPart], _ issuer: WrittenPart, _ part: WrittenPart
    ) throws(WrittenTreeError) -> Keys {
        let isDiscovered = try members["discovery"]?.flag() ?? false
        let authorities = try members["ca"]?.filePath()
        let places = [members["jwks_url"] != nil, members["jwks_file"] != nil, isDiscovered].filter { $0 }
        guard places.count == 1 else {
            throw part.error(
                places.isEmpty ? "does not say where its keys are" : "says in several ways where its keys are",
                "write one of jwks_url, jwks_file and discovery: true")
        }
        if let file = members["jwks_file"] { return .file(try file.filePath()) }
        let place: KeySource.Place =
            if let url = members["jwks_url"] { .keys(try url.url()) } else { .discovery(try issuer.url()) }
        return .fetched(KeySource(issuer: try issuer.text(), place: place, authorities: authorities))
    }
}

extension WrittenPart {
    fileprivate func url() throws(WrittenTreeError) -> SecureURL {
        let text = try text()
        do throws(SecureURLError) {
            return try SecureURL(text)
        } catch {
            throw self.error("is no URL that keys are fetched from", error.reason)
        }
    }

    fileprivate func claim() throws(WrittenTreeError) -> ClaimPath {
        guard let path = ClaimPath(try text()) else {
            throw error(
                "is no name of a claim",
                "write 1 to 256 bytes without control characters and `*`, as realm_access.roles")
        }
        return path
    }

    fileprivate func userPrefix() throws(WrittenTreeError) -> String {
        let prefix = try text()
        guard UserName.isValid(prefix) else {
            throw error(
                "is no beginning of a user's name",
                "write 1 to 256 bytes in Unicode form NFC without control characters and `*`, as \"partner:\"")
        }
        return prefix
    }

    fileprivate func filePath() throws(WrittenTreeError) -> String {
        let text = try text()
        do throws(SettingValueError) {
            return try Setting.path(text, isSecret: false)
        } catch {
            throw self.error(error.problem, error.remedy)
        }
    }

    /// Grants by the names of roles and scopes.
    func roleGrants() throws(WrittenTreeError) -> [String: Grants] {
        var grants: [String: Grants] = [:]
        for (name, part) in try members() {
            if let fault = RoleName.fault(of: name) {
                throw WrittenTreeError(part.path, nil, "is no name of a role", "a role's name \(fault)")
            }
            grants[name] = try part.grants()
        }
        return grants
    }

    /// `{publish: [...], subscribe: [...], admin: true}`.
    func grants() throws(WrittenTreeError) -> Grants {
        let members = try members(of: ["subscribe", "publish", "admin"])
        let subscribe = try members["subscribe"]?.texts() ?? []
        let publish = try members["publish"]?.texts() ?? []
        let isAdmin = try members["admin"]?.flag() ?? false
        do throws(GrantsError) {
            return try Grants(subscribe: subscribe, publish: publish, isAdmin: isAdmin)
        } catch {
            throw self.error("holds a grant that is not understood", error.message)
        }
    }
}
