// Promise: a demo that can't start says what to do.

import Foundation
import Testing

extension Outside {
    @Suite struct DemoTests {
        @Test func withoutCertificatesItSaysHowToMakeThem() async throws {
            let workspace = try Workspace()
            let child = try Child(Package.program(), ["demo"], in: workspace, folder: workspace.folder.path)
            #expect(try await child.ended() == 78)
            #expect(child.errors.contains("certs/dev/server.pem") && child.errors.contains("make certs"))
        }

        @Test func aPortThatIsTakenIsNamed() async throws {
            let taken = try HeldPort()
            let workspace = try Workspace()
            let arguments = try await Demo.arguments(ports: freePorts(2) + [taken.number])
            let child = try Child(Package.program(), ["demo"] + arguments, in: workspace)
            #expect(try await child.ended() == 1)
            #expect(child.errors.contains("port \(taken.number)") && child.errors.contains("--demo-port"))
        }
    }
}
