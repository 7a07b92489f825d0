import Foundation
import Testing

@testable import KeySources

@Suite struct DiscoveryDocumentTests {
    private static func fixture(_ name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
        return Array(try Data(contentsOf: url))
    }

    @Test(arguments: [
        (
            "keycloak-discovery", "https://id.example/realms/main",
            "https://id.example/realms/main/protocol/openid-connect/certs"
        ), ("dex-discovery", "https://dex.example/dex", "https://dex.example/dex/keys"),
    ])
    func aProvidersDocumentSaysWhereItsKeysAre(name: String, issuer: String, keys: String) throws {
        #expect(try DiscoveryDocument(json: Self.fixture(name), of: issuer).keys.description == keys)
    }

    @Test(arguments: [
        "https://id.example/realms/main/", "https://id.example/realms/other", "https://ID.example/realms/main", "",
    ])
    func anotherIssuersDocumentIsRefused(issuer: String) throws {
        let document = try Self.fixture("keycloak-discovery")
        let error = #expect(throws: FetchError.self) { try DiscoveryDocument(json: document, of: issuer) }
        #expect(error?.code == .otherIssuer)
    }

    @Test(arguments: [
        "<html>", "[]", #"{"issuer":"https://i"}"#, #"{"issuer":"https://i","jwks_uri":"http://i/keys"}"#,
        #"{"issuer":"https://i","jwks_uri":7}"#,
        #"{"issuer":"https://i","issuer":"https://i","jwks_uri":"https://i/k"}"#,
        #"{"issuer":"https://i","jwks_uri":"file:///etc/passwd"}"#,
    ])
    func aDocumentThatIsNoneIsRefused(json: String) {
        let error = #expect(throws: FetchError.self) {
            try DiscoveryDocument(json: Array(json.utf8), of: "https://i")
        }
        #expect(error?.code == .malformed)
    }
}
