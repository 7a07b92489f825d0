// The defaults stand in the table as text and in the structs as values: they have to be the same.

import EventHub
import EventLog
import GatewayHTTP
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

    @Test func theTablesDefaultsAreTheStructs() throws {
        var draft = ConfigurationDraft()
        for setting in Settings.all {
            guard let text = setting.defaultText, !setting.isList else { continue }
            try setting.store([text], &draft)
        }
        #expect(draft.configuration == ConfigurationDraft().configuration)
    }

    @Test func theDefaultsAreThoseOfTheDocumentation() throws {
        let loaded = try load()
        #expect(loaded.listen.address == "0.0.0.0")
        #expect(loaded.listen.port == 8443)
        #expect(loaded.listen.eventLoops == 0)
        #expect(loaded.tls.minimumVersion == .tls12)
        #expect(loaded.tls.clientCA == nil)
        #expect(loaded.tls.handshakeTimeout == .seconds(10))
        #expect(loaded.auth.issuer == nil)
        #expect(loaded.auth.audience == nil)
        #expect(loaded.auth.clockSkew == .seconds(30))
        #expect(loaded.auth.queryToken == false)
        #expect(loaded.auth.tokenBytes == 8192)
        #expect(loaded.publish.clientCertificate == .notAsked)
        #expect(loaded.cors.origins == [])
        #expect(loaded.admin.address == "127.0.0.1")
        #expect(loaded.admin.port == 8444)
        #expect(loaded.stream.heartbeat == .seconds(15))
        #expect(loaded.stream.retry == .seconds(3))
        #expect(loaded.stream.buffer == 65_536)
        #expect(loaded.publish.keyLifetime == .seconds(86_400))
        #expect(loaded.stream.overflow == .catchUp)
        #expect(loaded.stream.behindLimit == .seconds(600))
        #expect(loaded.stream.bufferTotal == 268_435_456)
        #expect(loaded.log.kind == .memory)
        #expect(loaded.log.path == nil)
        #expect(loaded.log.durability == .full)
        #expect(loaded.log.retentionBytes == 67_108_864)
        #expect(loaded.log.retentionEvents == 1_000_000)
        #expect(loaded.log.retentionAge == .seconds(604_800))
        #expect(loaded.log.staleAfter == .seconds(5))
        #expect(loaded.shutdown.drain == .seconds(5))
        #expect(loaded.logging.level == .info)
    }

    @Test func theLimitsDefaultsAreThoseOfTheDocumentation() throws {
        let limits = try load().limits
        #expect(limits.connections == 50_000)
        #expect(limits.strangers == 10_000)
        #expect(limits.strangerLifetime == .seconds(30))
        #expect(limits.turnedAway == 1000)
        #expect(limits.streams == 50_000)
        #expect(limits.streamsPerUser == 64)
        #expect(limits.topicsPerStream == 32)
        #expect(limits.requestHead == 16_384)
        #expect(limits.requestBody == 2_097_152)
        #expect(limits.event == 65_536)
        #expect(limits.batchEvents == 1000)
        #expect(limits.headTimeout == .seconds(10))
        #expect(limits.bodyTimeout == .seconds(30))
        #expect(limits.idleTimeout == .seconds(60))
        #expect(limits.writeBuffer == 32_768)
        #expect(limits.sendBuffer == 262_144)
        #expect(limits.unsent == 32_768)
        #expect(limits.held == 134_217_728)
        #expect(limits.publishKeys == 100_000)
        #expect(limits.publishKeyBytes == 67_108_864)
    }

    @Test func everyKeyIsRead() throws {
        let loaded = try load(Self.everyKey)
        #expect(loaded.listen.address == "::1")
        #expect(loaded.listen.port == 0)
        #expect(loaded.listen.eventLoops == 2)
        #expect(loaded.tls.identities.map(\.certificate) == ["a.pem", "b.pem"])
        #expect(loaded.tls.identities.map(\.key) == ["a.key", "b.key"])
        #expect(loaded.tls.minimumVersion == .tls13)
        #expect(loaded.tls.clientCA == "clients.pem")
        #expect(loaded.tls.handshakeTimeout == .milliseconds(2500))
        #expect(loaded.auth.issuer == "https://login.example.com")
        #expect(loaded.auth.audience == "sluice")
        #expect(loaded.auth.clockSkew == .seconds(300))
        #expect(loaded.auth.queryToken)
        #expect(loaded.auth.tokenBytes == 4096)
        #expect(loaded.publish.clientCertificate == .required)
        #expect(loaded.cors.origins.map(\.description) == ["https://app.example.com", "http://localhost:3000"])
        #expect(loaded.admin.address == "127.0.0.2")
        #expect(loaded.admin.port == 9001)
        #expect(loaded.stream.heartbeat == .seconds(120))
        #expect(loaded.stream.retry == .milliseconds(500))
        #expect(loaded.stream.buffer == 262_144)
        #expect(loaded.publish.keyLifetime == .seconds(7200))
        #expect(loaded.stream.overflow == .disconnect)
        #expect(loaded.stream.behindLimit == .seconds(30))
        #expect(loaded.stream.bufferTotal == 1 << 30)
        #expect(loaded.log.kind == .sqlite)
        #expect(loaded.log.path == "events.db")
        #expect(loaded.log.durability == .normal)
        #expect(loaded.log.retentionEvents == 5000)
        #expect(loaded.log.retentionAge == .seconds(129_600))
        #expect(loaded.log.staleAfter == .seconds(2))
        #expect(loaded.limits.sendBuffer == 65_536)
        #expect(loaded.limits.unsent == 16_384)
        #expect(loaded.limits.held == 8_388_608)
        #expect(loaded.limits.publishKeys == 77)
        #expect(loaded.limits.publishKeyBytes == 1 << 20)
        #expect(loaded.log.retentionBytes == 2_147_483_648)
        #expect(loaded.shutdown.drain == .zero)
        #expect(loaded.logging.level == .debug)
    }

    private static let everyKey = """
        listen: { address: "::1", port: 0, event_loops: 2 }
        tls:
          certificate: [a.pem, b.pem]
          key: [a.key, b.key]
          minimum_version: 1.3
          client_ca: clients.pem
          handshake_timeout: 2500ms
        auth:
          keys: keys.json
          issuer: https://login.example.com
          audience: sluice
          clock_skew: 5m
          query_token: true
          token_bytes: 4096
        publish: { client_certificate: required, key_lifetime: 2h }
        cors:
          origins: [https://app.example.com, "http://localhost:3000"]
        admin: { address: 127.0.0.2, port: 9001 }
        stream:
          { heartbeat: 2m, retry: 500 ms, buffer: 256KiB, overflow: disconnect, behind_limit: 30s, buffer_total: 1GiB }
        log:
          kind: sqlite
          path: events.db
          durability: normal
          stale_after: 2s
          retention: { bytes: 2GiB, events: 5000, age: 36h }
        limits: { send_buffer: 64KiB, unsent: 16KiB, held: 8MiB, publish_keys: 77, publish_key_bytes: 1MiB }
        shutdown: { drain: 0s }
        logging: { level: debug }
        """
}
