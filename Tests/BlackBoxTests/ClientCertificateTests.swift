// Promise: where the operator asks for it, publishing needs a certificate of the client as well as a token; reading
// does not.

import Foundation
import Testing

extension Outside {
    @Suite struct ClientCertificateTests {
        private static func settings(_ rule: String) async throws -> Settings {
            ["tls.client_ca": try await Certificates.shared().authority, "publish.client_certificate": rule]
        }

        private static let event = [
            "--header", "Content-Type: application/json", "--data", #"{"to":{"user":"a"},"data":1}"#,
        ]

        @Test func aPublisherShowsItsCertificate() async throws {
            try await Gateway.run(Self.settings("required")) { gateway in
                let certificates = gateway.certificates
                let answer = try await gateway.request(
                    "/v1/publish", Self.event[0], Self.event[1], Self.event[2], Self.event[3], "--cert",
                    certificates.clientChain, "--key", certificates.clientKey, token: gateway.backendToken())
                #expect(answer.status == 200, "\(answer.body)")
            }
        }

        @Test func aPublisherWithoutOneIsRefused() async throws {
            try await Gateway.run(Self.settings("required")) { gateway in
                let answer = try await gateway.publish(Self.event[3], token: gateway.backendToken())
                #expect(answer.status == 403)
                #expect(answer.code == "client-certificate-missing")
                #expect(answer.detail?.contains("certificate") == true)
            }
        }

        @Test func aPublisherWithOneIsStillAskedForItsToken() async throws {
            try await Gateway.run(Self.settings("required")) { gateway in
                let certificates = gateway.certificates
                let answer = try await gateway.request(
                    "/v1/publish", Self.event[0], Self.event[1], Self.event[2], Self.event[3], "--cert",
                    certificates.clientChain, "--key", certificates.clientKey)
                #expect(answer.status == 401)
            }
        }

        @Test func aCertificateOfAnotherAuthorityDoesNotShakeHands() async throws {
            try await Gateway.run(Self.settings("optional")) { gateway in
                let other = try Workspace()
                let arguments = ["--dir", other.folder.path, "--client", "stranger"]
                try await Child(Package.path("certs/make-certs.sh"), arguments, in: other).succeeded()
                let curl = try Child(
                    "curl",
                    [
                        "--silent", "--show-error", "--max-time", "5", "--cacert", gateway.certificates.authority,
                        "--cert", other.path("stranger.pem"), "--key", other.path("stranger.key"),
                        gateway.url + "/nowhere",
                    ], in: other)
                #expect(try await curl.ended() != 0, "\(curl.transcript)")
            }
        }

        @Test(arguments: ["required", "optional"])
        func readersNeedNone(rule: String) async throws {
            try await Gateway.run(Self.settings(rule)) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                #expect(try await gateway.metrics().streams == 1)
                stream.close()
            }
        }
    }
}
