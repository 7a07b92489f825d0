// Promise: when the authorities of client certificates change, what the former ones vouched for publishes no more.

import Foundation
import Testing

extension Outside {
    @Suite struct ClientAuthorityTests {
        @Test func aPublisherShowsACertificateOfTheNewAuthority() async throws {
            let (former, other) = (try await Certificates.shared(), try Workspace())
            let arguments = ["--dir", other.folder.path, "--client", "publisher"]
            try await Child(Package.path("certs/make-certs.sh"), arguments, in: other).succeeded()
            let authorities = other.path("clients.pem")
            try FileManager.default.copyItem(atPath: former.authority, toPath: authorities)
            let settings: Settings = ["tls.client_ca": authorities, "publish.client_certificate": "required"]
            try await Gateway.run(settings) { gateway in
                let lines = try await gateway.client(
                    "authorities.py", "--admin-port", "\(gateway.adminPort)", "--process", "\(gateway.child.process)",
                    "--token", gateway.backendToken(), "--reader-token", gateway.token("alice"), "--authorities",
                    authorities, "--certificate", former.clientChain, "--key", former.clientKey, "--other-authority",
                    other.path("ca.pem"), "--other-certificate", other.path("publisher.pem"), "--other-key",
                    other.path("publisher.key"))
                let line = try #require(lines.last)
                #expect(line.numbers("before") == [200, 200], "\(line)")
                // What was in force is in force while its file is as it was.
                #expect(line.numbers("unchanged") == [200, 200], "\(line)")
                #expect(line.numbers("after") == [403, 403], "\(line)")
                #expect(line.texts("codes") == Array(repeating: "client-authorities-changed", count: 2), "\(line)")
                #expect(line.flag("http1_ends") && line.flag("http2_ends"), "\(line)")
                #expect(line.flag("former_refused"), "\(line)")
                #expect(line.number("anew") == 200, "\(line)")
                #expect(line.number("read") == 5, "a reader shows none and stays: \(line)")
            }
        }
    }
}
