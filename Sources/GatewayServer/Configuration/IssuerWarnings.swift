// What issuers beside each other may do to each other's users, where the operator has not said that they may.

internal import PlainWords

/// The warnings about `auth.issuers`.
struct IssuerWarnings {
    /// Each a sentence with its remedy.
    let all: [String]

    /// - Parameter auth: without errors.
    init(_ auth: GatewayConfiguration.Auth) {
        all = [Self.users(auth), Self.roles(auth)].compactMap(\.self)
    }

    /// An issuer whose prefix begins another's can sign any name that the other can: `a` + `bob` is `ab` + `ob`.
    /// `auth.keys` has no prefix. That its holders can be anybody is no news: they are the operator's own backends.
    private static func users(_ auth: GatewayConfiguration.Auth) -> String? {
        let own = auth.keys == nil ? [] : [(name: "auth.keys", prefix: "")]
        let issuers = auth.issuers.map { (name: QuotedValue.name($0.name), prefix: $0.userPrefix) }
        for (index, issuer) in issuers.enumerated() {
            let others = own + issuers[..<index] + issuers[(index + 1)...]
            guard let other = others.first(where: { $0.prefix.utf8.starts(with: issuer.prefix.utf8) }) else { continue }
            return
                "auth.issuers lets \(issuer.name) sign in as any user of \(other.name); give each issuer a user_prefix "
                + "that begins no other's, unless their users are the same people"
        }
        return nil
    }

    /// Whom one provider calls `admin` need not be whom another does. `auth.keys` is not counted: its holders can sign
    /// any grant.
    private static func roles(_ auth: GatewayConfiguration.Auth) -> String? {
        let sharing = auth.issuers.filter { $0.grants == nil }.map { QuotedValue.name($0.name) }
        guard !auth.grants.isEmpty, sharing.count > 1 else { return nil }
        return
            "auth.grants counts for the roles of \(sharing[0]) and \(sharing[1]) alike, whoever has them there; write "
            + "grants into the entries of auth.issuers, unless their roles mean the same"
    }
}
