// Key sets of the shape that providers serve, through the rules for fetched ones; and what is counted and told of them.

import Foundation
import KeySources
import Logging
import Testing
import TokenAuth

@testable import GatewayServer

@Suite struct FetchedKeysTests {
    private static func fixture(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: packageFolder.appending(path: "Tests/KeySourcesTests/Fixtures/\(name).json")))
    }

    @Test(arguments: [("keycloak-keys", 1, 1), ("dex-keys", 2, 0)])
    func aProvidersSetIsReadAndWhatIsOfNoUseIsCounted(name: String, usable: Int, skipped: Int) throws {
        let keys = try KeySet.fetched(try Self.fixture(name))
        #expect(keys.usableCount == usable)
        #expect(keys.skipped.total == skipped)
    }

    @Test(arguments: ["<html>", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#])
    func whatIsNoSetOfKeysIsAFailedFetch(text: String) {
        let error = #expect(throws: FetchError.self) { try KeySet.fetched(Array(text.utf8)) }
        #expect(error?.code == .malformed)
    }

    @Test func aSetKnowsTheNamesOfItsKeys() throws {
        let text = String(decoding: try Self.fixture("keycloak-keys"), as: UTF8.self)
        let keys = try KeySet.fetched(Array(text.utf8))
        let names = text.matches(of: /"kid"\s*:\s*"([^"]+)"/).map { String($0.output.1) }
        #expect(names.filter { keys.mayHold($0) }.count == keys.usableCount, "those that are skipped are not there")
        #expect(!keys.mayHold("another") && keys.mayHold(nil))
    }

    @Test func fetchesAreCountedByIssuerAndResult() async throws {
        let registry = PrometheusRegistry()
        let metrics = KeyMetrics(registry: registry, logger: Logger(label: "test"))
        let document = FetchedDocument(bytes: try Self.fixture("keycloak-keys"), maxAge: nil)
        let keeper = KeyKeeper<KeySet>(
            .init(
                fetch: { source in
                    source.issuer == "good" ? .success(document) : .failure(FetchError(.timeout, "late"))
                }, read: KeySet.fetched, holds: { $0.mayHold($1) }, report: metrics.report))
        let place = KeySource.Place.keys(try SecureURL("https://id.example/keys"))
        keeper.adopt(["good", "bad"].map { KeySource(issuer: $0, place: place) }, FetchRules())
        let task = Task { await keeper.run {} }
        // What is set last of each: a series is there before it is counted.
        let last = [
            #"sluice_key_fetch_last_success_timestamp_seconds{issuer="good"}"#, #"issuer="bad",result="timeout"} 1"#,
        ]
        var isReported: Bool { last.allSatisfy { registry.render().contains($0) } }
        for _ in 0..<100_000 {
            if isReported { break }
            await Task.yield()
        }
        task.cancel()
        await task.value
        let text = registry.render()
        #expect(text.contains(#"sluice_key_fetches_total{issuer="good",result="ok"} 1"#), "\(text)")
        #expect(text.contains(#"sluice_key_fetches_total{issuer="bad",result="timeout"} 1"#), "\(text)")
        #expect(text.contains(#"sluice_issuer_keys{issuer="good",state="known"} 1"#), "\(text)")
        #expect(text.contains(#"sluice_issuer_keys{issuer="good",state="skipped"} 1"#), "\(text)")
    }
}
