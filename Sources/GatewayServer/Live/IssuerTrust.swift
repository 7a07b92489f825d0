// Whose tokens the gateway takes: the issuers of a configuration with their rules, and those keys that are in files.
// Fetched keys come to them when a verifier is made.

internal import Foundation
internal import KeySources
internal import PlainWords
internal import TokenAuth

/// The issuers of a configuration.
struct IssuerTrust: Sendable {
    /// One issuer. Without keys of its own, they are fetched.
    struct Entry: Sendable {
        let rules: IssuerRules
        let keys: KeySet?
    }

    let entries: [Entry]
    let policy: TokenPolicy
    /// Where keys are fetched from.
    let sources: [KeySource]

    /// A verifier with the keys of now.
    ///
    /// - Parameter fetched: by issuer.
    func verifier(fetched: [String: KeySet]) -> TokenVerifier {
        let issuers = entries.map { entry in
            guard let keys = entry.keys else {
                let keys = entry.rules.name.flatMap { fetched[$0] } ?? .none
                return TrustedIssuer(rules: entry.rules, keys: keys, canFetch: true)
            }
            return TrustedIssuer(rules: entry.rules, keys: keys)
        }
        return TokenVerifier(issuers: issuers, policy: policy)
    }

    /// The numbers, as the hub has them, of what streams may go on with: keys of the operator's files, and issuers
    /// whose keys are fetched.
    var marks: Set<UInt64> {
        Set(verifier(fetched: [:]).keyMarks.map(\.number)).union(providerMarks.values)
    }

    /// By issuer whose keys are fetched: its number among the keys'.
    var providerMarks: [String: UInt64] {
        sources.reduce(into: [:]) { $0[$1.issuer] = Self.mark($1.issuer) }
    }

    /// FNV-1a: names are the operator's, so nobody chooses one that meets another.
    private static func mark(_ issuer: String) -> UInt64 {
        issuer.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension GatewayConfiguration.Auth {
    /// The name of the key set's file, as it may be shown.
    var shownKeys: String? { keys.map { QuotedValue.name($0, isSecret: true) } }

    /// Reads the key sets that are in files.
    func trust(places: SettingPlaces) throws(StartupError) -> IssuerTrust {
        var entries: [IssuerTrust.Entry] = []
        if let keys {
            let rules = IssuerRules(
                audiences: audience.map { [$0] } ?? [], userClaim: claims.user, grantsClaim: claims.grants,
                roleGrants: grants, defaultGrants: defaultGrants)
            entries.append(.init(rules: rules, keys: try Self.read(keys, places.name("auth.keys"), isSecret: true)))
        }
        for issuer in issuers {
            let keys = try issuer.file.map { path throws(StartupError) in
                try Self.read(path, places.name("auth.issuers"), isSecret: false)
            }
            entries.append(.init(rules: rules(of: issuer), keys: keys))
        }
        var policy = TokenPolicy(
            issuer: issuer, clockSkewSeconds: clockSkew.components.seconds, maximumTokenBytes: tokenBytes)
        policy.maximumLifetimeSeconds = maximumLifetime.components.seconds
        return IssuerTrust(entries: entries, policy: policy, sources: issuers.compactMap(\.source))
    }

    private func rules(of issuer: GatewayConfiguration.Issuer) -> IssuerRules {
        IssuerRules(
            name: issuer.name, audiences: issuer.audiences, authorizedParties: issuer.authorizedParties,
            userClaim: issuer.userClaim ?? claims.user, userPrefix: issuer.userPrefix,
            grantsClaim: issuer.grantsClaim ?? claims.grants, roleGrants: issuer.grants ?? grants,
            defaultGrants: issuer.defaultGrants ?? defaultGrants)
    }

    private static func read(_ path: String, _ place: String, isSecret: Bool) throws(StartupError) -> KeySet {
        let shown = QuotedValue.name(path, isSecret: isSecret)
        do {
            return try KeySet(jwks: Array(Data(contentsOf: URL(filePath: path))))
        } catch let error as KeySetError {
            throw StartupError(.keys, "\(place): \(shown): \(error)")
        } catch {
            let reason = QuotedValue.hiding(path, in: error.localizedDescription, isSecret: isSecret)
            throw StartupError(
                .keys, "\(place): \(shown) can't be read (\(reason)); name a JWKS file that the gateway may read")
        }
    }
}
