// The claims of a verified token, written down to be judged again later without it: for a session whose token fits no
// cookie. What a token would be asked again with each request is asked of them, too.

internal import OpenSSLKit
internal import StrictJSON

/// Claims as they are kept. Made only of verified ones.
struct KeptClaims {
    var user = ""
    var issuer: String?
    var tokenID: String?
    var issuedAt: NumericDate?
    var issueSecond: NumericDate?
    var expiresAt = NumericDate(secondsSinceEpoch: 0)
    var keyID: String?
    var key = KeyMark(number: 0)
    /// The rules that they were judged by, see ``IssuerRules/mark(policy:)``.
    var rules: UInt64 = 0
    var grants = Grants.none
}

extension TokenVerifier {
    /// Writes down what a token of this verifier's said.
    ///
    /// - Returns: a text for ``claims(kept:now:)``, also of a later process. Neither the token nor anything that would
    ///   make one is in it.
    package func kept(_ claims: Claims) -> [UInt8] {
        let rules = index(ofIssuer: claims.issuer).map { ruleMarks[$0] } ?? 0
        var json = JSONWriter()
        json.object { members in
            members.integer("version", KeptClaims.version)
            members.string("user", claims.subject)
            if let issuer = claims.issuer { members.string("issuer", issuer) }
            if let tokenID = claims.tokenID { members.string("tokenID", tokenID) }
            if let date = claims.issuedAt { members.integer("issuedAt", date.secondsSinceEpoch) }
            if let date = claims.issueSecond { members.integer("issueSecond", date.secondsSinceEpoch) }
            members.integer("expiresAt", claims.expiresAt.secondsSinceEpoch)
            if let keyID = claims.keyID { members.string("keyID", keyID) }
            members.string("key", String(claims.key.number, radix: 16))
            members.string("rules", String(rules, radix: 16))
            members.strings("subscribe", claims.grants.subscribe)
            members.strings("publish", claims.grants.publish)
            members.bool("admin", claims.grants.isAdmin)
        }
        return json.bytes
    }

    /// The claims that were written down, when a token with them would still be good: its issuer is trusted and has its
    /// key, its rules are the same, and it is within its time.
    ///
    /// - Parameters:
    ///   - text: from ``kept(_:)``.
    ///   - now: what time it is.
    /// - Throws: ``TokenRefusal`` with what to do; as for a token with ``TokenRefusal/missingKey``, where its key may
    ///   be had.
    package func claims(kept text: [UInt8], now: NumericDate) throws(TokenRefusal) -> Claims {
        guard let kept = KeptClaims(text) else { throw .rulesChanged }
        guard let index = index(ofIssuer: kept.issuer) else {
            throw TokenRefusal(
                .issuer, "The issuer of this session's token is none that this gateway trusts any more (auth.issuers).")
        }
        try issuers[index].requireKey(kept.key, named: kept.keyID)
        guard ruleMarks[index] == kept.rules else { throw .rulesChanged }
        try policy.judge(kept, now: now)
        return Claims(kept, issuer: issuers[index].rules.name)
    }

    private func index(ofIssuer name: String?) -> Int? {
        issuers.firstIndex { issuer in
            guard let known = issuer.rules.name, let name else { return issuer.rules.name == nil && name == nil }
            return known.utf8.elementsEqual(name.utf8)
        }
    }
}

extension KeptClaims {
    fileprivate static let version: Int64 = 1

    /// Nothing for a text of another version, which its user signs in again for.
    fileprivate init?(_ text: [UInt8]) {
        do throws(TokenRefusal) {
            try self.init(json: text)
        } catch {
            return nil
        }
    }

    private init(json text: [UInt8]) throws(TokenRefusal) {
        var json = try TokenJSON(text, .claims)
        var (subscribe, publish, isAdmin, version): ([String], [String], Bool, NumericDate?) = ([], [], false, nil)
        var members = try json.beginObject()
        while let name = try json.nextMember(of: &members) {
            switch name {
            case "version": version = try json.date(name, rounded: .down)
            case "user": user = try json.string(name)
            case "issuer": issuer = try json.string(name)
            case "tokenID": tokenID = try json.string(name)
            case "issuedAt": issuedAt = try json.date(name, rounded: .up)
            case "issueSecond": issueSecond = try json.date(name, rounded: .down)
            case "expiresAt": expiresAt = try json.date(name, rounded: .down)
            case "keyID": keyID = try json.string(name)
            case "key": key = KeyMark(number: try Self.number(json.string(name)))
            case "rules": rules = try Self.number(json.string(name))
            case "subscribe": subscribe = try json.strings(name)
            case "publish": publish = try json.strings(name)
            case "admin": isAdmin = try json.bool(name)
            default: throw .rulesChanged
            }
        }
        try json.finish()
        guard version?.secondsSinceEpoch == Self.version, UserName.isValid(user),
            let grants = try? Grants(subscribe: subscribe, publish: publish, isAdmin: isAdmin)
        else { throw .rulesChanged }
        self.grants = grants
    }

    private static func number(_ digits: String) throws(TokenRefusal) -> UInt64 {
        guard let number = UInt64(digits, radix: 16) else { throw .rulesChanged }
        return number
    }
}

extension TrustedIssuer {
    /// The key that signed a token is still one of the issuer's. Its mark has its name in it.
    fileprivate func requireKey(_ mark: KeyMark, named keyID: String?) throws(TokenRefusal) {
        guard keys.keys.contains(where: { $0.mayVerify && $0.mark.at(issuer: rules.name) == mark }) else {
            throw unknown(keyID, "The key of this session's token is not in the key set of \(owner) any more.")
        }
    }
}

// Which rules a token was judged by, said in short: what is kept of it is only good under the same.

extension IssuerRules {
    /// Tells these rules from others, in this process and the next. FNV-1a: rules are the operator's, so nobody chooses
    /// some that meet others.
    ///
    /// - Parameter policy: what else is asked; of it, the nameless issuer's name.
    func mark(_ policy: TokenPolicy) -> UInt64 {
        var json = JSONWriter()
        json.object { members in
            if let name = name ?? policy.issuer { members.string("name", name) }
            members.bool("isNamed", name != nil)
            // In which order they stand in the configuration does not matter.
            members.strings("audiences", audiences.sorted())
            members.strings("parties", authorizedParties.sorted())
            members.strings("claims", [userClaim.description, userPrefix, grantsClaim.description])
            members.object("default") { Self.write(defaultGrants, to: &$0) }
            for role in roleGrants.sorted(by: { $0.key < $1.key }) {
                members.object("role:" + role.key) { Self.write(role.value, to: &$0) }
            }
        }
        return json.bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func write(_ grants: Grants, to members: inout JSONMembers) {
        members.strings("subscribe", grants.subscribe.sorted())
        members.strings("publish", grants.publish.sorted())
        members.bool("admin", grants.isAdmin)
    }
}
