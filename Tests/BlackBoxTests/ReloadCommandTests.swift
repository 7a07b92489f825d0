// Promise: `sluice reload` ends as the reload ended: 0 when the configuration is in force, else with the reason.

import Foundation
import Glibc
import Testing

extension Outside {
    @Suite struct ReloadCommandTests {
        private static func reload(_ gateway: Gateway, pid: Int32? = nil, _ more: String...) throws -> Child {
            try Child(
                Package.program(),
                [
                    "reload", "--config", gateway.workspace.path("sluice.yaml"), "--pid",
                    "\(pid ?? gateway.child.process)",
                ] + more, in: gateway.workspace)
        }

        private static func write(_ settings: Settings, _ gateway: Gateway) throws {
            try gateway.workspace.write(
                Gateway.standing(gateway.certificates, ports: [gateway.port, gateway.adminPort])
                    .overridden(by: settings).yaml, to: "sluice.yaml")
        }

        @Test func itEndsWithZeroWhenTheConfigurationIsInForce() async throws {
            try await Gateway.run { gateway in
                try Self.write(["limits.event": "1KiB", "limits.send_buffer": "64KiB"], gateway)
                let reload = try Self.reload(gateway)
                #expect(try await reload.ended() == 0, "\(reload.transcript)")
                #expect(reload.errors.contains("the configuration is in force"), "\(reload.errors)")
                #expect(reload.errors.contains("take a restart: limits.send_buffer"), "\(reload.errors)")
                #expect(try await gateway.reloads("ok") == 1, "it is done when the command ends")
            }
        }

        /// The configuration is well-formed: only the gateway, which reads the file that it names, can refuse it.
        @Test func aRefusalOfTheGatewaysIsItsReason() async throws {
            try await Gateway.run { gateway in
                let keys = try gateway.workspace.write("[]", to: "wrong.json")
                try Self.write(["auth.keys": keys], gateway)
                let reload = try Self.reload(gateway)
                #expect(try await reload.ended() == 78, "\(reload.transcript)")
                #expect(reload.errors.contains("auth.keys"), "\(reload.errors)")
                #expect(try await gateway.reloads("failed") == 1)
                #expect(try await gateway.reloads("ok") == 0)
            }
        }

        @Test func whatCanNotBeAConfigurationSendsNoSignal() async throws {
            try await Gateway.run { gateway in
                try gateway.workspace.write("nonsense: 1", to: "sluice.yaml")
                let reload = try Self.reload(gateway)
                #expect(try await reload.ended() == 78, "\(reload.transcript)")
                #expect(reload.errors.contains("nonsense"), "\(reload.errors)")
                let record = try await gateway.admin("/reloads")
                #expect(record.body.contains(#""asked":0"#), "no signal came: \(record.body)")
            }
        }

        @Test func aGatewayThatDoesNotAnswerIsWaitedForNoLongerThanThat() async throws {
            try await Gateway.run { gateway in
                gateway.child.send(SIGSTOP)
                let reload = try Self.reload(gateway, "--wait", "1s")
                #expect(try await reload.ended() == 1, "\(reload.transcript)")
                gateway.child.send(SIGCONT)
                #expect(reload.errors.contains("did not answer within 1 s"), "\(reload.errors)")
            }
        }

        @Test func anotherProcessThanTheGatewaysGetsNoSignal() async throws {
            try await Gateway.run { gateway in
                // This one would end by it.
                let bystander = try Child("sleep", ["60"], in: gateway.workspace)
                let reload = try Self.reload(gateway, pid: bystander.process)
                #expect(try await reload.ended() == 1, "\(reload.transcript)")
                #expect(reload.errors.contains("is process \(gateway.child.process), not"), "\(reload.errors)")
                #expect(bystander.exitCode == nil)
                bystander.end()
                let gone = try Self.reload(gateway, "--admin-port", "\(try freePorts(1)[0])")
                #expect(try await gone.ended() == 1, "\(gone.transcript)")
                #expect(gone.errors.contains("admin.port"), "\(gone.errors)")
            }
        }
    }
}
