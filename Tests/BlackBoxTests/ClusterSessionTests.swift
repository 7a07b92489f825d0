// Promise: who signs out at one gateway of several is signed out at all of them: the session's streams end, and others
// do not.

import Testing

extension Outside {
    @Suite struct ClusterSessionTests {
        private static let origin = "https://app.example"

        @Test func whoSignsOutAtOneGatewayIsSignedOutAtAll() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2, ["cors.origins": "[\"\(Self.origin)\"]"]) { gateways in
                let token = try await gateways[0].token("alice")
                let jar = gateways[0].workspace.path("cookies")
                let browser = { (gateway: Gateway) in
                    [
                        "--cacert", gateway.certificates.authority, "--cookie", jar, "--cookie-jar", jar, "--header",
                        "Origin: \(Self.origin)", "\(gateway.url)/v1/session",
                    ]
                }
                let signedIn = try await Curl.request(
                    browser(gateways[0]) + ["--request", "POST", "--header", "Authorization: Bearer \(token)"],
                    in: gateways[0].workspace)
                #expect(signedIn.status == 200, "\(signedIn.body)")
                // One gateway's cookie is good at the other: cookies know no ports (RFC 6265 §8.5).
                let streams = try gateways.map { gateway in
                    Subscription(
                        child: try Child(
                            "curl",
                            [
                                "--silent", "--no-buffer", "--cacert", gateway.certificates.authority, "--cookie", jar,
                                "--header", "Origin: \(Self.origin)", "\(gateway.url)/v1/stream",
                            ], in: gateway.workspace))
                }
                for stream in streams {
                    try await eventually("a stream", otherwise: { stream.child.transcript }) {
                        stream.child.output.contains("\n\n")
                    }
                }
                let other = try await gateways[0].open(token)
                let signedOut = try await Curl.request(
                    browser(gateways[1]) + ["--request", "DELETE"], in: gateways[1].workspace)
                #expect(signedOut.status == 204, "\(signedOut.body)")
                for stream in streams {
                    #expect(try await stream.ended(within: .seconds(2)) == 0)
                    #expect(stream.data.last?.contains("signed-out") == true, "\(stream.child.transcript)")
                }
                #expect(other.data.isEmpty, "it is of no session")
                other.close()
            }
        }
    }
}
