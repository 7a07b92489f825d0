// Promise: who signs out at one gateway of several is signed out at all of them, and a session that goes on at one goes
// on at all: the session's streams end, or stay, and others do not.

import Foundation
import Testing

extension Outside {
    @Suite struct ClusterSessionTests {
        private static let origin = "https://app.example"
        private static let settings: Settings = ["cors.origins": "[\"\(origin)\"]", "auth.clock_skew": "0s"]

        /// A browser as far as cookies go. One gateway's cookie is good at the other: cookies know no ports (RFC 6265
        /// §8.5).
        private struct Browser {
            let jar: String

            func session(_ method: String, at gateway: Gateway, _ token: String? = nil) async throws -> Answer {
                try await Curl.request(
                    standing(gateway) + ["--cookie-jar", jar, "\(gateway.url)/v1/session", "--request", method]
                        + (token.map { ["--header", "Authorization: Bearer \($0)"] } ?? []), in: gateway.workspace)
            }

            func open(at gateway: Gateway) async throws -> Subscription {
                let child = try Child(
                    "curl", ["--silent", "--no-buffer"] + standing(gateway) + ["\(gateway.url)/v1/stream"],
                    in: gateway.workspace)
                try await eventually("a stream", otherwise: { child.transcript }) { child.output.contains("\n\n") }
                return Subscription(child: child)
            }

            private func standing(_ gateway: Gateway) -> [String] {
                ["--cacert", gateway.certificates.authority, "--cookie", jar, "--header", "Origin: \(origin)"]
            }
        }

        /// A token; one that fits no cookie where the log keeps its session.
        private static func token(_ gateway: Gateway, ttl: String, isKept: Bool) async throws -> String {
            let rooms = isKept ? (0..<60).map { "rooms/\($0)/" + String(repeating: "t", count: 50) } : []
            let token = try await Child(
                Package.program(),
                ["token", "--keys", gateway.certificates.tokenKeys, "--sub", "alice", "--ttl", ttl]
                    + rooms.flatMap { ["--subscribe", $0] }, in: gateway.workspace
            ).succeeded().trimmingCharacters(in: .newlines)
            #expect((token.utf8.count > 4096) == isKept)
            return token
        }

        @Test func whoSignsOutAtOneGatewayIsSignedOutAtAll() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2, Self.settings) { gateways in
                let browser = Browser(jar: gateways[0].workspace.path("cookies"))
                let token = try await Self.token(gateways[0], ttl: "1h", isKept: false)
                let signedIn = try await browser.session("POST", at: gateways[0], token)
                #expect(signedIn.status == 200, "\(signedIn.body)")
                let streams = [try await browser.open(at: gateways[0]), try await browser.open(at: gateways[1])]
                let other = try await gateways[0].open(token)
                let signedOut = try await browser.session("DELETE", at: gateways[1])
                #expect(signedOut.status == 204, "\(signedOut.body)")
                for stream in streams {
                    #expect(try await stream.ended(within: .seconds(2)) == 0)
                    #expect(stream.data.last?.contains("signed-out") == true, "\(stream.child.transcript)")
                }
                #expect(other.data.isEmpty, "it is of no session")
                other.close()
            }
        }

        /// A stream by the first token alone, which is of no session, shows when that one's end has come.
        @Test(arguments: [false, true])
        func aSessionThatGoesOnAtOneGatewayGoesOnAtAll(isKept: Bool) async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2, Self.settings) { gateways in
                let browser = Browser(jar: gateways[0].workspace.path("cookies"))
                let first = try await Self.token(gateways[0], ttl: "15s", isKept: isKept)
                let signedIn = try await browser.session("POST", at: gateways[0], first)
                #expect(signedIn.status == 200, "\(signedIn.body)")
                let stream = try await browser.open(at: gateways[1])
                let former = try await gateways[1].open(first)
                let second = try await Self.token(gateways[0], ttl: "25s", isKept: isKept)
                let goesOn = try await browser.session("POST", at: gateways[0], second)
                #expect(goesOn.status == 200 && goesOn.json["extended"] as? Int == 0, "none of them is here")
                #expect(try await former.ended() == 0)
                #expect(former.data.last?.contains("token-expired") == true, "\(former.child.transcript)")
                let answer = try await gateways[0].publish(
                    #"{"to":{"user":"alice"},"data":"later"}"#, token: gateways[0].backendToken())
                #expect(answer.status == 200, "\(answer.body)")
                try await eventually("an event behind the first token's end", otherwise: { stream.child.transcript }) {
                    stream.data.contains("later")
                }
                #expect(try await stream.ended(within: .seconds(30)) == 0)
                #expect(stream.data.last?.contains("token-expired") == true, "and it ends with the second")
            }
        }

        @Test(arguments: [false, true])
        func aSignOutBehindItEndsItsStreamsAllTheSame(isKept: Bool) async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2, Self.settings) { gateways in
                let browser = Browser(jar: gateways[0].workspace.path("cookies"))
                for ttl in ["10m", "1h"] {
                    let token = try await Self.token(gateways[0], ttl: ttl, isKept: isKept)
                    let answer = try await browser.session("POST", at: gateways[0], token)
                    #expect(answer.status == 200, "\(answer.body)")
                }
                let stream = try await browser.open(at: gateways[1])
                let token = try await Self.token(gateways[0], ttl: "2h", isKept: isKept)
                #expect(try await browser.session("POST", at: gateways[0], token).status == 200)
                #expect(try await browser.session("DELETE", at: gateways[0]).status == 204)
                #expect(try await stream.ended(within: .seconds(2)) == 0)
                #expect(stream.data.last?.contains("signed-out") == true, "\(stream.child.transcript)")
            }
        }
    }
}
