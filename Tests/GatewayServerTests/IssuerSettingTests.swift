// `auth.issuers` and its companions: what is read, from where, and what is said about what is wrong.

import Foundation
import KeySources
import Testing
import TokenAuth

@testable import GatewayServer

@Suite struct IssuerSettingTests {
    private static let start = "tls:\n  certificate: a.pem\n  key: a.key\nauth:\n"

    private static func file(_ lines: String...) -> String { start + lines.map { "  \($0)\n" }.joined() }

    @Test func eachWayToTheKeysIsRead() throws {
        let auth = try load(
            Self.file(
                "issuers:", "  - issuer: https://a.example", "    jwks_url: https://a.example/keys",
                "    audience: sluice", "  - issuer: https://b.example/realms/main/", "    discovery: true",
                "    ca: own.pem", "    audience: [one, two]", "    authorized_parties: [web, app]",
                "    user_claim: oid", "    grants_claim: realm_access.roles", "  - issuer: plain name",
                "    jwks_file: keys.json")
        ).auth
        #expect(auth.keys == nil, "it is not needed beside issuers")
        let places: [KeySource.Place] = [
            .keys(try SecureURL("https://a.example/keys")),
            .discovery(try SecureURL("https://b.example/realms/main/")),
        ]
        #expect(auth.issuers.compactMap(\.source?.place) == places)
        #expect(auth.issuers.map(\.name) == ["https://a.example", "https://b.example/realms/main/", "plain name"])
        #expect(auth.issuers.map(\.audiences) == [["sluice"], ["one", "two"], []])
        #expect(auth.issuers[1].authorizedParties == ["web", "app"])
        #expect(auth.issuers[1].userClaim == ClaimPath("oid") && auth.issuers[0].userClaim == nil)
        #expect(auth.issuers[1].grantsClaim == ClaimPath("realm_access.roles"))
        #expect(auth.issuers[1].source?.authorities == "own.pem" && auth.issuers[2].file == "keys.json")
    }

    @Test func rolesAndDefaultsAreRead() throws {
        let auth = try load(
            Self.file(
                "keys: keys.json", "claims: {user: email, grants: scope}",
                "grants: {\"role:editor\": {publish: [\"user:*\"], admin: true}, reader: {subscribe: news}}",
                "default_grants: {subscribe: [\"rooms/*\"]}", "fetch: {cooldown: 30s, stale_limit: 2h}")
        ).auth
        #expect(auth.claims.user == ClaimPath("email") && auth.claims.grants == ClaimPath("scope"))
        #expect(auth.grants["role:editor"] == (try Grants(publish: ["user:*"], isAdmin: true)))
        #expect(auth.grants["reader"] == (try Grants(subscribe: ["news"])))
        #expect(auth.defaultGrants == (try Grants(subscribe: ["rooms/*"])))
        #expect(auth.fetchRules == FetchRules(cooldown: .seconds(30), staleLimit: .seconds(7200)))
    }

    @Test func theEnvironmentAndFlagsTakeJSON() throws {
        let json = #"[{"issuer":"https://a.example","discovery":true,"audience":["x","y"]}]"#
        let bare = "tls:\n  certificate: a.pem\n  key: a.key\n"
        for auth in [
            try load(bare, environment: ["SLUICE_AUTH_ISSUERS": json]).auth,
            try load(bare, flags: ["--auth-issuers", json]).auth,
        ] {
            #expect(auth.issuers.map(\.name) == ["https://a.example"])
            #expect(auth.issuers[0].audiences == ["x", "y"])
        }
    }

    @Test func whatIsWrongIsSaidWithItsLineAndItsKey() throws {
        let said = { (lines: [String]) throws -> [String] in
            try complaints(Self.start + lines.map { "  \($0)\n" }.joined())
        }
        let entry = "auth.issuers[0]"
        #expect(
            try said(["issuers:", "  - issuer: https://a.example", "    jwks_ulr: https://a.example/keys"]) == [
                "sluice.yaml:7: \(entry).jwks_ulr: is no setting; did you mean jwks_url?"
            ])
        #expect(
            try said(["issuers:", "  - issuer: https://a.example", "    jwks_url: http://a.example/keys"]) == [
                "sluice.yaml:7: \(entry).jwks_url: \"http://a.example/keys\" is no URL that keys are fetched from; it "
                    + "must begin with https://: keys from elsewhere could be anybody's"
            ])
        #expect(
            try said(["issuers:", "  - issuer: http://127.0.0.1:8080", "    discovery: true"]).first?.contains(
                "\(entry).issuer: \"http://127.0.0.1:8080\" is no URL") == true, "loopback is no exception")
        #expect(
            try said(["issuers:", "  - issuer: https://a.example"]) == [
                "sluice.yaml:6: \(entry): does not say where its keys are; write one of jwks_url, jwks_file and "
                    + "discovery: true"
            ])
        #expect(
            try said(["issuers:", "  - discovery: true"]).first?.contains("\(entry): has no issuer; write `issuer:`")
                == true)
        #expect(
            try said(["issuers:", "  - issuer: https://a.example", "    discovery: perhaps"]).first
                == "sluice.yaml:7: \(entry).discovery: \"perhaps\" is neither true nor false; write true or false")
        #expect(
            try said(["keys: k.json", "grants:", "  editor:", "    publsh: [x]"]) == [
                "sluice.yaml:8: auth.grants.editor.publsh: is no setting; did you mean publish?"
            ])
        #expect(
            try said(["keys: k.json", "grants: {editor: {publish: [alice]}}"]).first?.contains(
                "auth.grants.editor: holds a grant that is not understood") == true)
        #expect(try said(["issuers: https://a.example"]).first?.contains("is no list; write one entry") == true)
        #expect(
            try said(["keys: k.json", "issuers:", "  -"]).first?.contains("auth.issuers[0]: has no value") == true)
    }

    @Test func aRoleOfAnotherFormIsNoRole() throws {
        for grants in ["grants: {\"cafe\u{301}\": {admin: true}}", "grants: {\"a*\": {admin: true}}"] {
            let said = try complaints(Self.file("keys: k.json", grants))
            #expect(said.first?.contains("is no name of a role") == true, "\(said)")
        }
    }

    @Test func issuersThatCanNotStandBesideEachOtherAreRefused() throws {
        let twice = Self.file(
            "issuers: [{issuer: a, jwks_file: a.json}, {issuer: a, jwks_file: b.json}]")
        #expect(try complaints(twice).first?.contains("auth.issuers: names an issuer twice") == true)
        for (name, other) in [("https://\u{E9}", "https://e\u{301}"), ("https://K", "https://\u{212A}")] {
            let both = Self.file("issuers: [{issuer: '\(name)', jwks_file: a}, {issuer: '\(other)', jwks_file: b}]")
            #expect(try complaints(both).first?.contains("auth.issuers: names an issuer twice") == true)
        }
        let alike = Self.file("keys: k.json", "issuer: a", "issuers: [{issuer: a, jwks_file: a.json}]")
        #expect(try complaints(alike).first?.contains("or the one of auth.issuer") == true)
        #expect(try complaints(Self.file("issuers: []")).first?.contains("is an empty list") == true)
        let lost = Self.file("issuer: a", "issuers: [{issuer: b, jwks_file: b.json}]")
        #expect(try complaints(lost).first?.contains("write it into auth.issuers instead") == true)
    }

    /// Whether the start warns that two issuers may sign for one user.
    private static func warnsOfUsers(_ lines: String...) throws -> Bool {
        try load(start + lines.map { "  \($0)\n" }.joined()).warnings.contains { $0.contains("user_prefix") }
    }

    @Test func issuersWhoseUsersMayBeOneAreWarnedOf() throws {
        let (one, other) = ("issuer: a, jwks_file: a.json", "issuer: b, jwks_file: b.json")
        #expect(try !Self.warnsOfUsers("keys: k.json"))
        #expect(try !Self.warnsOfUsers("issuers: [{\(one)}]"))
        #expect(try Self.warnsOfUsers("issuers: [{\(one)}, {\(other)}]"))
        #expect(try Self.warnsOfUsers("keys: k.json", "issuers: [{\(one)}]"), "auth.keys is a source of users, too")
        #expect(try !Self.warnsOfUsers("keys: k.json", "issuers: [{\(one), user_prefix: \"a:\"}]"), "the keys are ours")
        #expect(try !Self.warnsOfUsers("issuers: [{\(one), user_prefix: \"a:\"}, {\(other), user_prefix: \"b:\"}]"))
        #expect(try Self.warnsOfUsers("issuers: [{\(one), user_prefix: a}, {\(other), user_prefix: ab}]"))
        #expect(try Self.warnsOfUsers("issuers: [{\(one), user_prefix: ab}, {\(other), user_prefix: a}]"))
        #expect(try Self.warnsOfUsers("issuers: [{\(one), user_prefix: a}, {\(other), user_prefix: a}]"))
    }

    @Test func aPrefixOfUsersReachesTheRules() throws {
        let auth = try load(
            Self.file("issuers: [{issuer: a, jwks_url: \"https://a.example/keys\", user_prefix: \"a:\"}]")
        ).auth
        #expect(auth.issuers.map(\.userPrefix) == ["a:"])
        #expect(try auth.trust(places: SettingPlaces()).entries.map(\.rules.userPrefix) == ["a:"])
        let said = try complaints(Self.file("issuers: [{issuer: a, jwks_file: a.json, user_prefix: \"a*\"}]"))
        #expect(said.first?.contains("auth.issuers[0].user_prefix: \"a*\" is no beginning of a user's name") == true)
    }

    /// A JWKS file of one public key.
    private static func keyFile() throws -> String {
        let path = NSTemporaryDirectory() + "\(UUID().uuidString).json"
        let key = #"{"kty":"OKP","crv":"Ed25519","kid":"o","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        try Data(#"{"keys":[\#(key)]}"#.utf8).write(to: URL(filePath: path))
        return path
    }

    @Test func grantsOfAnIssuerReplaceThoseOfAll() throws {
        let file = try Self.keyFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let auth = try load(
            Self.file(
                "keys: \(file)", "grants: {\"role:editor\": {admin: true}}", "default_grants: {subscribe: [news]}",
                "issuers:", "  - {issuer: a, jwks_file: \(file)}",
                "  - {issuer: b, jwks_file: \(file), grants: {\"role:reader\": {subscribe: x}}, default_grants: {}}",
                "  - {issuer: c, jwks_file: \(file), grants: {}}")
        ).auth
        let rules = try auth.trust(places: SettingPlaces()).entries.map(\.rules)
        let all = ["editor": try Grants(isAdmin: true)]
        let reader = try Grants(subscribe: ["x"])
        let standard = try Grants(subscribe: ["news"])
        #expect(rules.map(\.roleGrants) == [all, all, ["reader": reader], [:]])
        #expect(rules.map(\.defaultGrants) == [standard, standard, .none, standard])
    }

    @Test func rolesThatTwoIssuersShareAreWarnedOf() throws {
        let warns = { (lines: String...) throws in
            try load(Self.start + lines.map { "  \($0)\n" }.joined()).warnings.contains { $0.contains("auth.grants") }
        }
        let (one, other) = ("issuer: a, jwks_file: a.json", "issuer: b, jwks_file: b.json")
        let all = "grants: {editor: {admin: true}}"
        #expect(try warns(all, "issuers: [{\(one)}, {\(other)}]"))
        #expect(try !warns(all, "issuers: [{\(one)}]"))
        #expect(try !warns(all, "keys: k.json", "issuers: [{\(one)}]"))
        #expect(try !warns("issuers: [{\(one)}, {\(other)}]"))
        #expect(try !warns(all, "issuers: [{\(one)}, {\(other), grants: {editor: {publish: everyone}}}]"))
    }

    @Test func noJSONIsSaidToBeNone() throws {
        let said = try complaints(requiredSettings, environment: ["SLUICE_AUTH_ISSUERS": "[{"])
        #expect(
            said == [
                "SLUICE_AUTH_ISSUERS: auth.issuers: is no JSON; write it as JSON, or in the configuration file"
            ])
    }
}
