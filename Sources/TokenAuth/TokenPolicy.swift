// What the operator asks of a token beside its signature.

/// The rules for claims.
package struct TokenPolicy: Sendable, Equatable {
    /// What `iss` has to be (RFC 7519 §4.1.1). Nothing: any issuer that has the key.
    package var issuer: String?
    /// What `aud` has to name (RFC 7519 §4.1.3). Nothing: no token that is meant for anyone by name is meant for us.
    package var audience: String?
    /// How far two clocks may differ, in seconds; from 0 to ``maximumClockSkewSeconds``.
    package let clockSkewSeconds: Int64
    /// How many bytes a token may have. More are refused before anything is done with them.
    package let maximumTokenBytes: Int

    /// The longest time from `iat` (or, without it, from now) to `exp` that is accepted, in seconds; nothing for any.
    package var maximumLifetimeSeconds: Int64?

    /// A token that is good for much longer than it says is no expiring token.
    static let maximumClockSkewSeconds: Int64 = 300

    /// - Parameters:
    ///   - issuer: what `iss` has to be.
    ///   - audience: what `aud` has to name.
    ///   - clockSkewSeconds: how far two clocks may differ, in seconds. Cut to 0…300.
    ///   - maximumTokenBytes: how many bytes a token may have.
    package init(
        issuer: String? = nil, audience: String? = nil, clockSkewSeconds: Int64 = 30, maximumTokenBytes: Int = 8192
    ) {
        self.issuer = issuer
        self.audience = audience
        self.clockSkewSeconds = min(max(0, clockSkewSeconds), Self.maximumClockSkewSeconds)
        self.maximumTokenBytes = maximumTokenBytes
    }
}

// Judges claims by the operator's rules (RFC 7519 §4.1, RFC 8725 §3.8, §3.9).

extension TokenPolicy {
    /// The claims, when they obey every rule.
    ///
    /// - Parameters:
    ///   - set: what the token says.
    ///   - rules: its issuer's.
    ///   - key: the key that signed it.
    ///   - now: what time it is.
    func judge(
        _ set: ClaimSet, by rules: IssuerRules, signedBy key: SigningKey, now: NumericDate
    ) throws(TokenRefusal) -> Claims {
        let user = try user(of: set, rules)
        guard let expiresAt = set.expiresAt else {
            throw TokenRefusal(.claims, "The token needs `exp`, its end in seconds since 1970.")
        }
        if let tokenID = set.tokenID, !NameRule.allows(tokenID) {
            throw TokenRefusal(
                .claims,
                "The token's `jti` should have 1 to 256 bytes in Unicode form NFC, no control characters, no `*`.")
        }
        try checkTimes(from: [set.notBefore, set.issuedAt], to: expiresAt, now: now)
        try checkLifetime(from: set.issuedAt, to: expiresAt, now: now)
        try checkIssuer(of: set, rules)
        try checkAudience(of: set, rules)
        return Claims(set, subject: user, expiresAt: expiresAt, issuer: rules.name, key: key)
    }

    /// What changes of verified claims while they are kept: the time, and the longest lifetime.
    func judge(_ kept: KeptClaims, now: NumericDate) throws(TokenRefusal) {
        try checkTimes(from: [kept.issuedAt], to: kept.expiresAt, now: now)
        try checkLifetime(from: kept.issuedAt, to: kept.expiresAt, now: now)
    }

    /// Both have to be names: the claim's value, since a prefix alone is nobody, and the whole, which is one here.
    private func user(of set: ClaimSet, _ rules: IssuerRules) throws(TokenRefusal) -> String {
        guard let value = set.user, UserName.isValid(value), UserName.isValid(rules.userPrefix + value) else {
            let length = rules.userPrefix.isEmpty ? "" : " with the issuer's user_prefix"
            let rule = "1 to 256 bytes\(length) in Unicode form NFC, no control characters, no `*`"
            throw TokenRefusal(.claims, "The token needs \(rules.userClaim.shown), the user: \(rule).")
        }
        if let proof = rules.userClaim.proof, !set.isUserProven {
            throw TokenRefusal(
                .claims,
                "The token's \(rules.userClaim.shown) is the user, so `\(proof)` has to be true: have the issuer verify "
                    + "it, or take a claim for the user that nobody chooses, such as `sub`.")
        }
        return rules.userPrefix + value
    }

    /// Nothing overflows here: dates of tokens are in `NumericDate.range`, and the skew is bounded.
    private func checkTimes(
        from beginnings: [NumericDate?], to expiresAt: NumericDate, now: NumericDate
    ) throws(TokenRefusal) {
        guard now.secondsSinceEpoch < expiresAt.secondsSinceEpoch + clockSkewSeconds else {
            throw TokenRefusal(.expired, "The token is past its `exp`: get a new one.")
        }
        for date in beginnings {
            guard let date, date.secondsSinceEpoch - clockSkewSeconds > now.secondsSinceEpoch else { continue }
            throw TokenRefusal(
                .notYetValid,
                "The token's `nbf` or `iat` lies ahead: wait, or set the clocks of issuer and gateway right.")
        }
    }

    /// A token that lives for ever can't be waited for to end: what is revoked is kept as long as its tokens live.
    private func checkLifetime(
        from issuedAt: NumericDate?, to expiresAt: NumericDate, now: NumericDate
    ) throws(TokenRefusal) {
        guard let most = maximumLifetimeSeconds else { return }
        let start = (issuedAt ?? now).secondsSinceEpoch
        let (lifetime, overflow) = expiresAt.secondsSinceEpoch.subtractingReportingOverflow(start)
        guard overflow || lifetime > most else { return }
        throw TokenRefusal(
            .claims, "The token lives longer than \(most) s (auth.maximum_lifetime): issue it with an earlier `exp`.")
    }

    private func checkIssuer(of set: ClaimSet, _ rules: IssuerRules) throws(TokenRefusal) {
        guard let issuer = rules.name ?? issuer, !(set.issuer.map { Self.same($0, issuer) } ?? false) else { return }
        throw TokenRefusal(.issuer, "The token's `iss` is not the one that this gateway accepts (auth.issuer).")
    }

    private func checkAudience(of set: ClaimSet, _ rules: IssuerRules) throws(TokenRefusal) {
        // A token of our client's that is for another service must not be good here, too.
        let mayGoWithoutAudience = rules.audiences.isEmpty || set.audiences == nil
        if mayGoWithoutAudience, Self.share(rules.authorizedParties, set.parties) { return }
        guard !rules.audiences.isEmpty else {
            // RFC 7519 §4.1.3: who does not identify itself with a value in `aud` must reject the token.
            guard set.audiences == nil, rules.authorizedParties.isEmpty else { throw Self.refusal(of: set, rules) }
            return
        }
        guard Self.share(rules.audiences, set.audiences ?? []) else { throw Self.refusal(of: set, rules) }
    }

    private static func refusal(of set: ClaimSet, _ rules: IssuerRules) -> TokenRefusal {
        let setting = rules.name == nil ? "auth.audience" : "audience in auth.issuers"
        if !rules.authorizedParties.isEmpty, rules.audiences.isEmpty || set.audiences == nil {
            return TokenRefusal(
                .audience, "None of the token's `aud`, `azp` and `client_id` is one that is configured (\(setting)).")
        }
        guard rules.audiences.isEmpty else {
            return TokenRefusal(.audience, "The token's `aud` does not name this gateway (\(setting)).")
        }
        return TokenRefusal(
            .audience, "The token has an `aud`, and this gateway no name: set \(setting), or issue the token without.")
    }

    private static func share(_ ours: [String], _ theirs: [String]) -> Bool {
        ours.contains { our in theirs.contains { same($0, our) } }
    }

    /// Code point by code point (RFC 7519 §2, StringOrURI), not by what Unicode holds for equivalent.
    private static func same(_ first: String, _ second: String) -> Bool { first.utf8.elementsEqual(second.utf8) }
}
