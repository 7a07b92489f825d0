// File, environment, flags: the later the stronger, key by key.

import GatewayRules
import HTTPServing
import Testing

@testable import GatewayServer

@Suite struct ConfigurationPrecedenceTests {
    static let file = requiredSettings + "listen:\n  port: 1001\n  address: 127.0.0.1\n"

    @Test func theFileIsWeakest() throws {
        #expect(try load(Self.file).listen.port == 1001)
        #expect(try load(Self.file, environment: ["SLUICE_LISTEN_PORT": "1002"]).listen.port == 1002)
        #expect(try load(Self.file, flags: ["--listen-port", "1003"]).listen.port == 1003)
        let all = try load(
            Self.file, environment: ["SLUICE_LISTEN_PORT": "1002"], flags: ["--listen-port", "1003"])
        #expect(all.listen.port == 1003)
        #expect(all.listen.address == "127.0.0.1")
    }

    @Test func aListIsReplacedNotExtended() throws {
        let file = requiredSettings + "cors:\n  origins: [https://one.example]\n"
        let loaded = try load(file, environment: ["SLUICE_CORS_ORIGINS": "https://two.example, https://three.example"])
        #expect(loaded.cors.origins.map(\.description) == ["https://two.example", "https://three.example"])
        let flags = try load(
            file, flags: ["--cors-origins=https://four.example", "--cors-origins", "https://five.example"])
        #expect(flags.cors.origins.map(\.description) == ["https://four.example", "https://five.example"])
        let joined = try load(file, flags: ["--cors-origins", "https://six.example,https://seven.example"])
        #expect(joined.cors.origins.map(\.description) == ["https://six.example", "https://seven.example"])
    }

    @Test func noFileIsNeeded() throws {
        let loaded = try load(
            nil, environment: ["SLUICE_TLS_CERTIFICATE": "a.pem", "SLUICE_TLS_KEY": "a.key"],
            flags: ["--auth-keys", "keys.json"])
        #expect(loaded.tls.identities == [.init(certificate: "a.pem", key: "a.key")])
        #expect(loaded.auth.keys == "keys.json")
    }

    @Test func aFlagIsWrittenWithSpaceOrEqualsSign() throws {
        #expect(try load(flags: ["--listen-port", "9000"]).listen.port == 9000)
        #expect(try load(flags: ["--listen-port=9000"]).listen.port == 9000)
        #expect(try load(flags: ["--limits-streams-per-user=7"]).limits.streamsPerUser == 7)
        #expect(try load(flags: ["--log-retention-bytes", "1MiB"]).log.retentionBytes == 1 << 20)
        #expect(try load(flags: ["--auth-issuer=https://a.example/?x=y"]).auth.issuer == "https://a.example/?x=y")
    }

    @Test func aSwitchMayStandAlone() throws {
        #expect(try load(flags: ["--auth-query-token"]).auth.queryToken)
        #expect(try load(flags: ["--auth-query-token", "false"]).auth.queryToken == false)
        #expect(try load(flags: ["--auth-query-token=true"]).auth.queryToken)
        #expect(try load(flags: ["--auth-query-token", "--listen-port", "1"]).listen.port == 1)
    }

    @Test func commasMatterOnlyInLists() throws {
        let file = requiredSettings + "cors:\n  origins: https://one.example\n"
        #expect(try load(flags: ["--auth-keys", "a,b.json"]).auth.keys == "a,b.json")
        #expect(try load(environment: ["SLUICE_AUTH_ISSUER": "a, b"]).auth.issuer == "a, b")
        #expect(try load(file).cors.origins.map(\.description) == ["https://one.example"])
    }

    @Test func everySettingHasItsVariableAndItsFlag() throws {
        for setting in Settings.all {
            guard var text = setting.defaultText, text != "[]" else { continue }
            // As the file has a list; elsewhere it has nothing but commas.
            if setting.isList { text = text.filter { !"[]\" ".contains($0) } }
            #expect(try complaints(environment: [setting.environmentName: text]) == [])
            #expect(try complaints(flags: [setting.flag, text]) == [])
            #expect(try complaints(flags: ["\(setting.flag)=\(text)"]) == [])
        }
    }

    @Test func variablesOfOthersAreLeftAlone() throws {
        let environment = ["PATH": "/bin", "SLUICE_TOKEN": "t", "SLUICE_SEED": "1", "XSLUICE_LISTEN": "x"]
        #expect(try complaints(environment: environment) == [])
    }

    @Test func namesAreMadeFromTheKey() throws {
        let setting = try #require(Settings.byKey["limits.streams_per_user"])
        #expect(setting.environmentName == "SLUICE_LIMITS_STREAMS_PER_USER")
        #expect(setting.flag == "--limits-streams-per-user")
    }
}
