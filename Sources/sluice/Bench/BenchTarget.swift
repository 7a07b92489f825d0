import ArgumentParser
import Foundation
import GatewayClient
import LoadFleet
import TokenAuth

/// The server to put a load on: a gateway, and the keys to issue the load's tokens with, or another one.
struct BenchTarget: ParsableArguments {
    @OptionGroup var address: AddressOptions

    @Option(
        help: """
            The gateway's key set, a JWKS file, to issue the users' and the publisher's tokens with. Only another server \
            does without.
            """)
    var keys: String?

    @Option(
        name: .customLong("kid"), help: "Sign with this key of the key set; the first that may when left out.")
    var keyID: String?

    @Option(help: "The tokens' issuer (iss), when the gateway checks it.")
    var issuer: String?

    @Option(help: "The tokens' audience (aud), when the gateway checks it.")
    var audience: String?

    @OptionGroup(title: "Another server than a gateway")
    var peer: BenchPeer

    private static let keysMissing = ValidationError(
        "--keys is missing: a gateway wants tokens (another server: --stream-path and --publish-url)")

    /// Longer than anyone waits for a load to end.
    private static let lifetimeSeconds: Int64 = 86_400

    /// Whether the options fit together.
    ///
    /// - Throws: `ValidationError`, whose text says what to change.
    func check(_ plan: FleetPlan) throws {
        let isPeer = try peer.peer(for: plan) != nil
        if !isPeer, keys == nil { throw Self.keysMissing }
        let tokenOptions = [("--keys", keys), ("--kid", keyID), ("--issuer", issuer), ("--audience", audience)]
        if isPeer, let option = tokenOptions.first(where: { $0.1 != nil }) {
            throw ValidationError("\(option.0) is for a gateway's tokens, and --stream-path is without: leave it out")
        }
    }

    /// What the load is put on.
    func server(for plan: FleetPlan, now: Date) throws -> FleetServer {
        if let peer = try peer.peer(for: plan) { return .peer(peer) }
        guard let keys else { throw Self.keysMissing }
        return .gateway(try tokens(for: plan, keys: keys, now: now))
    }

    /// A token for each of the plan's users, and one that may publish to them.
    private func tokens(for plan: FleetPlan, keys: String, now: Date) throws -> Fleet.Tokens {
        let issuer = try TokenIssuer(keySetFile: keys, keyID: keyID)
        let now = NumericDate(secondsSinceEpoch: Int64(now.timeIntervalSince1970))
        func token(_ subject: String, _ grants: Grants = .none) throws -> BearerToken {
            try BearerToken(
                try issuer.issue(
                    subject: subject, lifetimeSeconds: Self.lifetimeSeconds, grants: grants, issuer: self.issuer,
                    audience: audience, now: now))
        }
        return Fleet.Tokens(
            users: try plan.userNames.map { try token($0) },
            publisher: try token("bench-publisher", try Grants(publish: ["user:*", "everyone"])))
    }
}
