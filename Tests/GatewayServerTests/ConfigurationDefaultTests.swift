// What is loaded where nothing is written, and that each key has a place of its own. The defaults themselves stand
// once, in `GatewayConfiguration`; what operators read of them is held to that by `ConfigurationTextTests`.

import Foundation
import GatewayRules
import HTTPServing
import Logging
import Testing

@testable import GatewayServer

@Suite struct ConfigurationDefaultTests {
    @Test func theLeastConfigurationHasEveryDefault() throws {
        var expected = GatewayConfiguration(
            tls: .init(identities: [.init(certificate: "server.pem", key: "server.key")]),
            auth: .init(keys: "keys.json"))
        let loaded = try load()
        expected.warnings = loaded.warnings
        #expect(loaded == expected)
    }

    /// The table writes each default out of the configuration: that text has to mean the same value.
    @Test func theTablesDefaultsAreReadBack() throws {
        var draft = ConfigurationDraft()
        for setting in Settings.all {
            guard let text = setting.defaultText, !setting.isList else { continue }
            try setting.store([text], &draft)
        }
        #expect(draft.configuration == ConfigurationDraft().configuration)
    }

    /// Each row stores into a property of its own, and another value than the default is told from it.
    @Test func everyKeyIsReadIntoItsOwnPlace() throws {
        for setting in Settings.all where !setting.isRequired {
            var changed = ConfigurationDraft()
            try setting.store([try #require(Self.otherValue(of: setting))], &changed)
            let differing = Settings.all.filter { !$0.isSame(changed, ConfigurationDraft()) }.map(\.key)
            #expect(differing == [setting.key])
            var copy = ConfigurationDraft()
            setting.copy(changed, &copy)
            #expect(setting.isSame(copy, changed), "\(setting.key) is copied elsewhere")
        }
    }

    /// A text that is good for a setting and not its default.
    private static func otherValue(of setting: Setting) -> String? {
        switch setting.type {
        case "word": setting.range?.components(separatedBy: ", ").first { $0 != setting.defaultText }
        case "true or false": setting.defaultText == "true" ? "false" : "true"
        case "IP address": "::1"
        case "list of networks": "192.0.2.0/24"
        case "list of topics": "room/*"
        case "list of origins": "https://app.example.com"
        case "list of servers": "nats://other.example:4222"
        case "list of URLs": "http://other.example:8222"
        case "name": "other"
        case "list of names", "path", "text", "claim": "other.example"
        case "list of issuers": #"[{"issuer": "a", "jwks_file": "a.json"}]"#
        case "map of grants": #"{"editor": {"admin": true}}"#
        case "grants": #"{"admin": true}"#
        default: setting.range?.components(separatedBy: " … ").first { $0 != setting.defaultText }
        }
    }

    @Test func aFileOfAllKindsOfValuesIsRead() throws {
        let loaded = try load(Self.file)
        #expect(loaded.listen.address == "::1" && loaded.listen.port == 0)
        #expect(loaded.tls.identities.map(\.certificate) == ["a.pem", "b.pem"])
        #expect(loaded.tls.identities.map(\.key) == ["a.key", "b.key"])
        #expect(loaded.tls.minimumVersion == .tls13)
        #expect(loaded.tls.handshakeTimeout == .milliseconds(2500))
        #expect(loaded.auth.issuer == "https://login.example.com")
        #expect(loaded.auth.queryToken)
        #expect(loaded.auth.tokenBytes == 4096)
        #expect(loaded.publish.clientCertificate == .required)
        #expect(loaded.cors.origins.map(\.description) == ["https://app.example.com", "http://localhost:3000"])
        #expect(loaded.stream.retry == .milliseconds(500))
        #expect(loaded.log.kind == .sqlite && loaded.log.path == "events.db")
        #expect(loaded.log.retentionBytes == 2_147_483_648 && loaded.log.retentionAge == .seconds(129_600))
        #expect(loaded.shutdown.drain == .zero)
        #expect(loaded.logging.level == .debug)
    }

    private static let file = """
        listen: { address: "::1", port: 0 }
        tls:
          certificate: [a.pem, b.pem]
          key: [a.key, b.key]
          minimum_version: 1.3
          client_ca: clients.pem
          handshake_timeout: 2500ms
        auth:
          keys: keys.json
          issuer: https://login.example.com
          query_token: true
          token_bytes: 4096
        publish: { client_certificate: required }
        cors:
          origins: [https://app.example.com, "http://localhost:3000"]
        stream: { retry: 500 ms }
        log:
          kind: sqlite
          path: events.db
          retention: { bytes: 2GiB, age: 36h }
        shutdown: { drain: 0s }
        logging: { level: debug }
        """
}
