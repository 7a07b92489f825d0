// Variables that Kubernetes and Docker make for a Service or a container named `sluice` are no settings; what an
// operator mistyped still is a mistake.

import Testing

@testable import GatewayServer

@Suite struct ServiceVariableTests {
    /// For a Service `sluice` with the ports 8443 and 8444, the first named `https`, as Kubernetes 1.31 makes them.
    private static let kubernetes = variables("SLUICE", port: 8443).merging(
        [
            "SLUICE_SERVICE_PORT_HTTPS": "8443", "SLUICE_SERVICE_PORT_ADMIN_PROBES": "8444",
            "SLUICE_PORT_8444_TCP": "tcp://10.96.0.12:8444", "SLUICE_PORT_8444_TCP_PROTO": "tcp",
            "SLUICE_PORT_8444_TCP_PORT": "8444", "SLUICE_PORT_8444_TCP_ADDR": "10.96.0.12",
        ]) { $1 }

    private static func variables(_ name: String, port: Int, address: String = "10.96.0.12") -> [String: String] {
        [
            "\(name)_SERVICE_HOST": address, "\(name)_SERVICE_PORT": "\(port)",
            "\(name)_PORT": "tcp://\(address):\(port)",
            "\(name)_PORT_\(port)_TCP": "tcp://\(address):\(port)", "\(name)_PORT_\(port)_TCP_PROTO": "tcp",
            "\(name)_PORT_\(port)_TCP_PORT": "\(port)", "\(name)_PORT_\(port)_TCP_ADDR": address,
        ]
    }

    @Test func aServiceNamedSluiceIsPassedOverWithOneLine() throws {
        let configuration = try load(environment: Self.kubernetes)
        #expect(configuration.notices.count == 1)
        let notice = configuration.notices.first ?? ""
        #expect(notice.hasPrefix("SLUICE_PORT, SLUICE_PORT_8443_TCP, SLUICE_PORT_8443_TCP_ADDR, … are not settings"))
        #expect(notice.contains("enableServiceLinks: false"))
    }

    @Test(arguments: [
        "SLUICE_ADMIN", "SLUICE_LISTEN", "SLUICE_METRICS", "SLUICE_GATEWAY_INTERNAL", "SLUICE_TLS", "SLUICE_SERVICE",
    ])
    func soIsAServiceWhoseNameBeginsSo(_ name: String) throws {
        let configuration = try load(environment: Self.variables(name, port: 8444))
        #expect(configuration.notices.count == 1)
        #expect(configuration.admin.port == 8444 && configuration.listen.port == 8443, "they are no settings")
        _ = try load(environment: Self.variables(name, port: 53, address: "fd00::12"))
    }

    @Test func otherProtocolsAreServicesToo() throws {
        _ = try load(environment: [
            "SLUICE_PORT": "udp://10.0.0.1:53", "SLUICE_PORT_53_UDP": "udp://10.0.0.1:53",
            "SLUICE_PORT_53_UDP_PROTO": "udp",
            "SLUICE_X_PORT_9_SCTP": "sctp://10.0.0.1:9", "SLUICE_SERVICE_HOST": "None",
        ])
    }

    @Test func aContainerThatIsLinkedIsPassedOver() throws {
        let link = Self.variables("SLUICE", port: 8443).filter { !$0.key.contains("SERVICE") }
        _ = try load(environment: link.merging(["SLUICE_NAME": "/web/sluice", "SLUICE_ENV_PATH": "/bin"]) { $1 })
    }

    @Test func aSettingOfThatNameCounts() throws {
        let configuration = try load(environment: [
            "SLUICE_ADMIN_PORT": "9000", "SLUICE_LISTEN_PORT": "tcp://10.0.0.1:1",
        ])
        #expect(configuration.admin.port == 9000)
        #expect(configuration.listen.port == 8443)
    }

    @Test(arguments: [
        ("SLUICE_LISTEN_PROT", "8443"), ("SLUICE_LISTEN_PROT", "tcp://10.0.0.1:8443"), ("SLUICE_PORT", "8443"),
        ("SLUICE_ADMIN_PORTS", "tcp://10.0.0.1:1"), ("SLUICE_SERVICE_HOST", "gate.example"),
        ("SLUICE_ENV_PATH", "/bin"),
        ("SLUICE_SERVICE_PORT", "tcp"), ("SLUICE_PORT_8443_TCP_PROTO", "http"),
        ("SLUICE_PORT_X_TCP", "tcp://10.0.0.1:1"),
        ("SLUICE_NAME", "gateway"), ("SLUICE_HOST", "10.0.0.1"),
    ])
    func whatNobodyMakesIsAMistake(_ name: String, _ value: String) throws {
        let said = try complaints(environment: [name: value])
        #expect(said.count == 1)
        #expect(said.first?.hasPrefix("\(name): is no setting; ") == true)
    }

    @Test func aServicesAddressWhereASettingsIsMeantIsNoPort() throws {
        #expect(try complaints(environment: ["SLUICE_LIMITS_STREAMS": "tcp://10.0.0.1:1"]).count == 1)
    }

    @Test func whatClientsTakeIsNoSettingAndNoMistake() throws {
        let configuration = try load(
            environment: ["SLUICE_TOKEN": "x", "SLUICE_URL": "https://localhost", "SLUICE_CA": "ca.pem"])
        #expect(configuration.notices == [])
    }
}
