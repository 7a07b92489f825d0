// What is said about wrong configurations, to the letter: place, key, value, remedy.

import Foundation
import Testing

@testable import GatewayServer

/// A value that is refused, and what is said.
struct WrongValue: Sendable, CustomTestStringConvertible {
    let setting: String
    let value: String
    let complaint: String
    var testDescription: String { "\(setting): \(value)" }

    init(_ setting: String, _ value: String, _ complaint: String) {
        (self.setting, self.value, self.complaint) = (setting, value, complaint)
    }
}

@Suite struct ConfigurationErrorTests {
    static let sizes = "in bytes or with KiB, MiB or GiB"
    static let times = "with ms, s, m, h or d"
    static let values: [WrongValue] = [
        .init("listen.port", "eight", "is not a whole number; write a number from 0 to 65535"),
        .init("listen.port", "65536", "is out of range; write a number from 0 to 65535"),
        .init("listen.port", "-1", "is out of range; write a number from 0 to 65535"),
        .init("listen.port", "+1", "is not a whole number; write a number from 0 to 65535"),
        .init("listen.port", "0x10", "is not a whole number; write a number from 0 to 65535"),
        .init("listen.port", "8443.0", "is not a whole number; write a number from 0 to 65535"),
        .init("listen.port", "99999999999999999999", "is out of range; write a number from 0 to 65535"),
        .init("limits.streams", "0", "is out of range; write a number from 1 to 10000000"),
        .init("listen.address", "localhost", "is not an IP address; \(address)"),
        .init("listen.address", "1.2.3", "is not an IP address; \(address)"),
        .init(
            "stream.heartbeat", "15", "has no unit; write 15s for seconds; or write a time from 100ms to 1h, \(times)"),
        .init("stream.heartbeat", "soon", "is not a time; write a time from 100ms to 1h, \(times)"),
        .init(
            "stream.heartbeat", "1.5s",
            "is not a whole number and a unit of time; write a time from 100ms to 1h, \(times)"),
        .init(
            "stream.heartbeat", "15sec",
            "is not a whole number and a unit of time; write a time from 100ms to 1h, \(times)"),
        .init("stream.heartbeat", "2h", "is out of range; write a time from 100ms to 1h, \(times)"),
        .init("stream.heartbeat", "9223372036854775807d", "is out of range; write a time from 100ms to 1h, \(times)"),
        .init("auth.clock_skew", "6m", "is out of range; write a time from 0s to 5m, \(times)"),
        .init(
            "stream.buffer", "64KB",
            "is not a whole number and a unit of size; write a size from 4KiB to 64MiB, \(sizes)"),
        .init("stream.buffer", "much", "is not a size; write a size from 4KiB to 64MiB, \(sizes)"),
        .init("stream.buffer", "1GiB", "is out of range; write a size from 4KiB to 64MiB, \(sizes)"),
        .init("stream.buffer", "99999999999GiB", "is out of range; write a size from 4KiB to 64MiB, \(sizes)"),
        .init("stream.buffer", "9223372036854775808", "is out of range; write a size from 4KiB to 64MiB, \(sizes)"),
        .init("auth.query_token", "yes", "is neither true nor false; write true or false"),
        .init("tls.minimum_version", "1.1", "is none of the choices; write one of 1.2, 1.3"),
        .init("publish.client_certificate", "maybe", "is none of the choices; write one of none, optional, required"),
        .init(
            "logging.level", "loud",
            "is none of the choices; write one of trace, debug, info, notice, warning, error, critical"),
        .init("cors.origins", "*", "is not an origin that can be allowed; \(wildcard)"),
        .init("cors.origins", "https://app.example.com/", "is not an origin that can be allowed; \(slash)"),
    ]
    static let address = "write one of this machine's, such as 127.0.0.1, 0.0.0.0 or ::"
    static let wildcard = "wildcards would let any matching page read its visitor's events; list each origin"
    static let slash = "an origin ends with its host or port; write https://app.example.com"

    @Test(arguments: values) func wrongValues(_ wrong: WrongValue) throws {
        let setting = try #require(Settings.byKey[wrong.setting])
        let said = "\(wrong.setting): \"\(wrong.value)\" \(wrong.complaint)"
        #expect(
            try complaints(environment: [setting.environmentName: wrong.value]) == [
                "\(setting.environmentName): \(said)"
            ])
        #expect(try complaints(flags: ["\(setting.flag)=\(wrong.value)"]) == ["\(setting.flag): \(said)"])
    }

    @Test func aWrongValueInTheFileIsNamedWithItsLine() throws {
        let said = try complaints(requiredSettings + "\nlisten:\n  # comment\n  port: eight\n")
        #expect(
            said == ["sluice.yaml:9: listen.port: \"eight\" is not a whole number; write a number from 0 to 65535"])
    }

    @Test func everythingIsReportedTogether() throws {
        let said = try complaints(
            "lisen:\n  port: 1\nstream:\n  heartbeat: 15\ntls:\n  certificate: a.pem\n  key: a.key\n",
            environment: ["SLUICE_LISTEN_PROT": "1"], flags: ["--listen-prot", "1", "--limits-event=x"])
        #expect(said.count == 6)
        let places = said.map { String($0.prefix { $0 != ";" }) }
        #expect(
            places.prefix(4) == [
                "sluice.yaml:1: lisen: is no setting", "SLUICE_LISTEN_PROT: is no setting",
                "--listen-prot: is no flag",
                "sluice.yaml: auth.keys: is missing: JWKS file (RFC 7517) of the keys that tokens are checked with",
            ])
        #expect(places.dropFirst(4).first == "sluice.yaml:4: stream.heartbeat: \"15\" has no unit")
        #expect(said.contains { $0.hasPrefix("sluice.yaml: auth.keys: is missing") })
        #expect(said.contains { $0.hasPrefix("--limits-event: limits.event: \"x\" is not a size") })
    }

    @Test func missingKeysNameTheirThreeNames() throws {
        let said = try complaints(nil)
        #expect(
            said == [
                "tls.certificate: is missing: PEM file of the certificate chain, own certificate first; of several, SNI "
                    + "chooses, else the first; set it in the file (`tls:` and below it `certificate:`), as "
                    + "SLUICE_TLS_CERTIFICATE or as --tls-certificate",
                "tls.key: is missing: PEM file of the certificate's private key; as many as certificates, in their order; "
                    + "set it in the file (`tls:` and below it `key:`), as SLUICE_TLS_KEY or as --tls-key",
                "auth.keys: is missing: JWKS file (RFC 7517) of the keys that tokens are checked with; set it in the file "
                    + "(`auth:` and below it `keys:`), as SLUICE_AUTH_KEYS or as --auth-keys",
            ])
    }

    @Test func aLongValueIsCut() throws {
        let said = try complaints(flags: ["--listen-port=" + String(repeating: "9", count: 5000)])
        #expect(said.count == 1)
        #expect(said[0].utf8.count < 250)
    }

    @Test func errorsSayTheirReason() throws {
        let errors = try #require(throws: ConfigurationErrors.self) {
            try load(environment: ["SLUICE_LISTEN_PORT": "eight", "SLUICE_X": "1"])
        }
        #expect(errors.errors.map(\.code) == [.unknown, .invalid])
        #expect(errors.errors.map(\.source) == [.environment("SLUICE_X"), .environment("SLUICE_LISTEN_PORT")])
        #expect(errors.description.split(separator: "\n").count == 2)
        #expect("\(ConfigurationError.Code.conflict)" == "conflict")
    }
}
