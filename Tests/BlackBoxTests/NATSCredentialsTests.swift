// Promise: a gateway whose credentials for NATS end while it runs goes on with those that the file has then.

import Foundation
import Testing

extension Outside {
    @Suite struct NATSCredentialsTests {
        /// As where something renews the file, and is late.
        @Test(arguments: NATSServer.Version.allCases)
        func aJWTThatEndsIsReadAnew(version: NATSServer.Version) async throws {
            let workspace = try Workspace()
            let (configuration, file, later) = (
                workspace.path("jwt.conf"), workspace.path("user.creds"), workspace.path("later.creds")
            )
            let maker = [Package.client("nats_jwt.py"), configuration, file, "15", later]
            try await Child(try Package.python(), maker, in: workspace).succeeded()
            let server = try await NATSServer.start(
                version,
                try String(contentsOfFile: configuration, encoding: .utf8)
                    + "jetstream { store_dir: \"\(workspace.path("store"))\" }")
            let settings: Settings = [
                "log.kind": "jetstream", "log.durability": "replicated", "log.stale_after": "300ms",
                "log.jetstream.servers": "[\"\(server.url)\"]", "log.jetstream.replicas": "1",
                "log.jetstream.create": "true", "log.jetstream.credentials": file,
            ]
            try await Gateway.run(settings) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                let event = { (text: String) in
                    try await gateway.publish(#"{"to":{"user":"alice"},"data":"\#(text)"}"#, token: backend).status
                }
                #expect(try await event("before") == 200)
                try await eventually(
                    "the server lets it in no more", within: .seconds(40), otherwise: { gateway.child.transcript }
                ) {
                    guard gateway.child.errors.contains("User Authentication Expired") else { return false }
                    return try await event("meanwhile") == 503
                }
                try FileManager.default.removeItem(atPath: file)
                try FileManager.default.moveItem(atPath: later, toPath: file)
                // It tries ever more seldom while it is refused.
                try await eventually(
                    "it is in again", within: .seconds(60), otherwise: { gateway.child.transcript }
                ) {
                    try await event("after") == 200
                }
                try await eventually("the stream goes on", otherwise: { stream.child.transcript }) {
                    stream.data.contains("after")
                }
                #expect(stream.data.first == "before")
                stream.close()
            }
        }
    }
}
