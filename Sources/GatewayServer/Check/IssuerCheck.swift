// What `sluice check` says of identity providers and of a token: whether their keys can be had, and whom the token is
// here. It fetches once what the gateway would fetch, and prints nothing of a token but what the gateway reads in it.

internal import EventLog
internal import GatewayRules
internal import KeySources
internal import PlainWords
internal import TokenAuth

/// Looks at the issuers of a configuration, and at a token.
struct IssuerCheck: Sendable {
    let configuration: GatewayConfiguration
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    let now: Int64

    /// - Parameter token: nothing when none is looked at.
    func findings(token: String?) async -> [CheckFinding] {
        guard let trust = try? configuration.auth.trust(places: configuration.places) else { return [] }
        var findings: [CheckFinding] = []
        var keys: [String: KeySet] = [:]
        for (source, result) in await Self.fetch(trust.sources) {
            findings.append(Self.finding(source, result))
            if case .success(let set) = result { keys[source.issuer] = set }
        }
        return findings + (token.map { look(at: $0, by: trust, keys) } ?? [])
    }

    private static func fetch(_ sources: [KeySource]) async -> [(KeySource, Result<KeySet, FetchError>)] {
        await withTaskGroup(of: (Int, Result<KeySet, FetchError>).self) { tasks in
            for (index, source) in sources.enumerated() {
                tasks.addTask {
                    let fetched = await KeySource.fetched(source)
                    return (
                        index,
                        fetched.flatMap { document in
                            Result { () throws(FetchError) in try KeySet.fetched(document.bytes) }
                        }
                    )
                }
            }
            var results: [(Int, Result<KeySet, FetchError>)] = []
            for await result in tasks { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map { (sources[$0.0], $0.1) }
        }
    }

    private static func finding(_ source: KeySource, _ result: Result<KeySet, FetchError>) -> CheckFinding {
        let subject = "auth.issuers \(QuotedValue.name(source.issuer))"
        switch result {
        case .success(let keys):
            let count = keys.usableCount == 1 ? "1 key" : "\(keys.usableCount) keys"
            return CheckFinding(.fine, subject, "\(count) can be fetched and used; skipped: \(keys.skipped)")
        case .failure(let error):
            return CheckFinding(
                .doubtful, subject,
                "the keys can't be fetched (\(error.message)); the gateway starts, and its tokens get 503 until they can"
            )
        }
    }

    // MARK: The token

    private func look(at token: String, by trust: IssuerTrust, _ keys: [String: KeySet]) -> [CheckFinding] {
        let trimmed = token.utf8.filter { !" \t\r\n".utf8.contains($0) }
        do throws(TokenRefusal) {
            let verifier = trust.verifier(fetched: keys)
            let claims = try verifier.verify(trimmed, now: NumericDate(secondsSinceEpoch: now))
            let rules = trust.rules(of: claims.issuer)
            return [user(claims, rules), Self.grants(claims.grants, rules)]
                + session(of: String(decoding: trimmed, as: UTF8.self), claims, by: verifier)
        } catch {
            return [CheckFinding(.wrong, "token", refusal(error, keys), fault: .surroundings)]
        }
    }

    private func refusal(_ error: TokenRefusal, _ keys: [String: KeySet]) -> String {
        if let missing = error.missingKey {
            let issuer = QuotedValue.name(missing.issuer)
            guard keys[missing.issuer] != nil else {
                return "is of the issuer \(issuer), whose keys can't be fetched; so nobody can say whether it is good"
            }
            return "is refused (\(error.code)): the issuer \(issuer) has no such key at present. \(error.detail)"
        }
        return "is refused (\(error.code)): \(error.detail)"
    }

    private func user(_ claims: Claims, _ rules: IssuerRules?) -> CheckFinding {
        let key = claims.keyID.map { "the key \(QuotedValue($0))" } ?? "its only key for that algorithm"
        let owner = rules?.name.map { "of the issuer \(QuotedValue.name($0))" } ?? "of auth.keys"
        let claim = (rules?.userClaim ?? .subject).description
        let minutes = (claims.expiresAt.secondsSinceEpoch - now) / 60
        return CheckFinding(
            .fine, "token",
            "is \(QuotedValue.name(claims.subject))'s, by the claim \(QuotedValue.name(claim)); signed with \(key) "
                + "\(owner); good for \(max(0, minutes)) minutes")
    }

    /// What becomes of the token when a browser signs in with it, where that is not what becomes of most.
    private func session(of token: String, _ claims: Claims, by verifier: TokenVerifier) -> [CheckFinding] {
        guard let cost = KeptSession.cost(ofToken: token[...], claims, by: verifier) else { return [] }
        let room = configuration.session.keptBytes / cost
        let home = configuration.log.kind == .memory ? "in memory, until a restart" : "with the log"
        return [
            CheckFinding(
                room > 0 ? .fine : .wrong, "token session",
                "at \(token.utf8.count) bytes the token fits no cookie, so the gateway keeps a browser's session "
                    + "\(home): \(cost) bytes, \(room) such sessions in session.kept_bytes", fault: .surroundings)
        ]
    }

    private static func grants(_ grants: Grants, _ rules: IssuerRules?) -> CheckFinding {
        let claim = QuotedValue.name((rules?.grantsClaim ?? .sluice).description)
        var words = grants.subscribe.map { "subscribe \($0)" } + grants.publish.map { "publish \($0)" }
        if grants.isAdmin { words.append("admin") }
        guard !words.isEmpty else {
            return CheckFinding(
                .fine, "token grants",
                "nothing beyond the user's own events and everyone's, by the claim \(claim), auth.grants and "
                    + "auth.default_grants")
        }
        return CheckFinding(
            .fine, "token grants",
            words.map { QuotedValue.name($0) }.joined(separator: ", ") + ", by the claim \(claim)")
    }
}

extension IssuerTrust {
    /// The rules that a token was judged by.
    ///
    /// - Parameter issuer: as its claims say it.
    func rules(of issuer: String?) -> IssuerRules? {
        entries.map(\.rules).first { $0.name == issuer }
    }
}
