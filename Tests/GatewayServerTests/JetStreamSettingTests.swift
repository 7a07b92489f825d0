// `log.kind: jetstream`: which settings it needs, which can't stand beside each other, and of what it warns.

import EventLog
import NATSClient
import NATSMonitor
import Testing

@testable import GatewayServer
@testable import JetStreamEventLog

@Suite struct JetStreamSettingTests {
    private static let least = [
        "--log-kind=jetstream", "--log-jetstream-servers=nats://127.0.0.1:4222",
        "--log-jetstream-monitor=http://127.0.0.1:8222",
    ]

    @Test func theNamesAreThoseThatOthersScript() throws {
        let file =
            requiredSettings + """
                log:
                  kind: jetstream
                  durability: full
                  jetstream:
                    servers: ["nats://127.0.0.1:4222", "tls://b.example", "nats+tls://c.example:4333"]
                    monitor: ["http://127.0.0.1:8222"]
                    stream: orders
                    replicas: 3
                    create: true
                    ca: ca.pem
                    certificate: own.pem
                    key: own.key
                    tls_first: true
                    user: gateway
                    password_file: password
                    give_up: 30s
                    window_bytes: 8MiB
                    presence_bytes: 4MiB

                """
        let log = try load(file).log
        #expect(log.kind == .jetstream && log.durability == .full && log.file == nil)
        #expect(log.jetStream.servers.map(\.needsTLS) == [false, true, true])
        #expect(log.jetStream.servers.map(\.description) == ["127.0.0.1:4222", "b.example:4222", "c.example:4333"])
        #expect(log.jetStream.monitors.map(\.description) == ["http://127.0.0.1:8222"])
        #expect(log.jetStream.stream == "orders" && log.jetStream.replicas == 3 && log.jetStream.mayCreate)
        #expect(log.jetStream.files.map(\.path) == ["ca.pem", "own.pem", "own.key", "password"])
        #expect(log.jetStream.giveUp == .seconds(30) && log.jetStream.windowBytes == 8 << 20)
        #expect(log.jetStream.presenceBytes == 4 << 20)
        #expect(log.jetStream.isTLSFirst && log.jetStream.clientConfiguration(name: "n").connection.isTLSFirst)
    }

    @Test func theLeastIsComplete() throws { #expect(try complaints(flags: Self.least) == []) }

    static let conflicts: [([String], String)] = [
        (["--log-jetstream-servers="], "--log-jetstream-servers: log.jetstream.servers: \"\" is no server of NATS"),
        (["--log-jetstream-monitor=nats://a"], "--log-jetstream-monitor: log.jetstream.monitor: \"nats://a\" is no "),
        (
            ["--log-jetstream-stream=a.b"],
            "--log-jetstream-stream: log.jetstream.stream: \"a.b\" is no name of a stream"
        ),
        (["--log-durability=normal"], "--log-durability: log.durability: is normal, but log.kind is jetstream"),
        (
            ["--log-jetstream-replicas=1"],
            "--log-jetstream-replicas: log.jetstream.replicas: is 1, but log.durability is"
        ),
        (["--log-jetstream-key=k"], "--log-jetstream-key: log.jetstream.key: is set, but log.jetstream.certificate"),
        (["--log-jetstream-user=u"], "--log-jetstream-user: log.jetstream.user: is set, but log.jetstream.password"),
        (
            ["--log-jetstream-credentials=c", "--log-jetstream-password-file=p"],
            "--log-jetstream-credentials: log.jetstream.credentials: is set, and log.jetstream.password_file, too"
        ),
        (
            ["--log-jetstream-give-up=5s"],
            "--log-jetstream-give-up: log.jetstream.give_up: is not longer than log.stale"
        ),
    ]

    @Test(arguments: conflicts) func whatCannotHoldIsNamed(_ flags: [String], _ beginning: String) throws {
        let keys = Set(flags.map { $0.prefix { $0 != "=" } })
        let said = try complaints(flags: Self.least.filter { !keys.contains($0.prefix { $0 != "=" }) } + flags)
        #expect(said.count == 1 && said.first?.hasPrefix(beginning) == true, "\(said)")
    }

    @Test func fullIsBelievedOnlyOfServersThatAreAsked() throws {
        let said = try complaints(flags: Array(Self.least.dropLast()))
        #expect(said.count == 1 && said.first?.contains("log.jetstream.monitor: is not set") == true, "\(said)")
        #expect(try complaints(flags: Self.least.dropLast() + ["--log-durability=replicated"]) == [])
    }

    @Test func serversAreNeeded() throws {
        let said = try complaints(flags: ["--log-kind=jetstream", "--log-durability=replicated"])
        #expect(said.count == 1 && said.first?.contains("log.jetstream.servers: is not set") == true, "\(said)")
    }

    @Test func oneFileIsNotReplicated() throws {
        let said = try complaints(flags: ["--log-kind=sqlite", "--log-path=a", "--log-durability=replicated"])
        #expect(said.count == 1 && said.first?.contains("which is one file") == true, "\(said)")
    }

    private func warnings(_ flags: [String]) throws -> [String] {
        try load(flags: flags).warnings.filter { $0.hasPrefix("log.") }
    }

    @Test func whatWorksAndMayLoseIsAWarning() throws {
        #expect(try warnings(Self.least) == [])
        let far = ["--log-kind=jetstream", "--log-durability=replicated", "--log-jetstream-replicas=1"]
        let said = try warnings(far + ["--log-jetstream-servers=nats://10.0.0.1,tls://10.0.0.2"])
        #expect(said.count == 3)
        #expect(said.first?.contains("10.0.0.1:4222 without TLS") == true, "\(said)")
        #expect(try warnings(["--log-jetstream-servers=nats://10.0.0.1"]).first?.contains("is not used") == true)
        let keys = try load(flags: Self.least + ["--log-retention-age=1h"]).warnings
        #expect(keys.contains { $0.hasPrefix("publish.key_lifetime is longer than log.retention.age") }, "\(keys)")
    }

    // MARK: What they become

    @Test func theMemoryOfTheWindowIsAnAccount() throws {
        let budget = MemoryBudget(try load(flags: Self.least), cores: 1)
        let lines = Dictionary(budget.accounts.map { ($0.key, $0.bytes) }) { $0 + $1 }
        #expect(lines["log.jetstream.window_bytes"] == 64 << 20)
        #expect(lines["log.jetstream.presence_bytes"] == 64 << 20)
        #expect(lines["log.kind"] == 48 << 20, "what is under way, in the engine and in the client")
        #expect(lines["limits.publish_keys"] == 100_000 * 160, "what the gateway itself knows of keys")
        #expect(lines["limits.publish_key_bytes"] == nil && lines["log.retention.bytes"] == nil, "these are NATS's")
    }

    @Test func theEngineGetsTheLimits() throws {
        let settings = try load(flags: Self.least + ["--log-jetstream-stream=orders"]).jetStreamSettings(
            mayCreate: false)
        #expect(settings.stream == "orders" && settings.replicas == 3 && !settings.mayCreate)
        #expect(settings.eventBytes < 1 << 20, "an event of the default limits fits NATS's default max_payload")
    }

    @Test func aFileOfCredentialsThatCannotBeReadIsNamedAndNothingElse() throws {
        let log = try load(flags: Self.least + ["--log-jetstream-credentials=/nowhere/a.creds"]).log
        let error = #expect(throws: NATSError.self) {
            try log.jetStream.clientConfiguration(name: "n").credentials()
        }
        #expect(error?.code == .credentialsInvalid && error?.isConfiguration == true)
    }

    @Test func streamsThatAreNotAsTheyHaveToBeAreNamed() {
        var findings = JetStreamStore.Findings()
        #expect(findings.objection == nil)
        findings.missing = ["orders", "orders_state"]
        #expect(findings.objection?.contains("sluice log create") == true)
        let said = JetStreamCheck.findings(of: findings, mayCreate: false, "log")
        #expect(said.map(\.outcome) == [.wrong, .wrong])
        #expect(JetStreamCheck.findings(of: findings, mayCreate: true, "log").map(\.outcome) == [.fine, .fine])
    }
}
