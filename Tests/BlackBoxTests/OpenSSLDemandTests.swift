// Promise: what the machine's openssl.cnf demands is kept, and the log says what it costs.

import Testing

extension Outside {
    @Suite(.alone) struct OpenSSLDemandTests {
        private static let words = "wants another key schedule"

        private static func configuration(_ demand: String) -> String {
            """
            openssl_conf = openssl_init
            [openssl_init]
            alg_section = algorithms
            [algorithms]
            default_properties = \(demand)

            """
        }

        @Test(arguments: [("provider=default", 1), ("provider!=legacy", 0)])
        func itServesWhereOpenSSLDemandsAProvider(demand: String, lines: Int) async throws {
            let workspace = try Workspace()
            let file = try workspace.write(Self.configuration(demand), to: "openssl.cnf")
            try await Gateway.run(environment: ["OPENSSL_CONF": file]) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"hello"}"#, token: gateway.backendToken())
                #expect(answer.json["streams"] as? Int == 1)
                try await eventually("the event", otherwise: { stream.child.transcript }) {
                    stream.child.output.contains("hello")
                }
                #expect(gateway.child.errors.split(separator: "\n").count { $0.contains(Self.words) } == lines)
                stream.close()
            }
        }
    }
}
