import Testing

@testable import NATSClient

@Suite struct ServerComplaintTests {
    private func complaint(_ text: String) throws -> ServerComplaint {
        guard case .complaint(let complaint)? = try Transcript.read("-ERR \(text)\r\n").first else {
            throw NATSError(.malformed, "no complaint")
        }
        return complaint
    }

    /// The words of nats-server 2.9.10 and 2.15.1.
    @Test(arguments: [
        ("'Authorization Violation'", ServerComplaint.Kind.authorization),
        ("'User Authentication Expired'", .authorization), ("'Authentication Timeout'", .authorization),
        ("'User Authentication Revoked'", .authorization), ("'Account Authentication Expired'", .authorization),
        ("'Permissions Violation for Publish to \"a.b\"'", .permission),
        ("'Permissions Violation for Subscription to \"a.>\" using queue \"q\"'", .permission),
        ("'Invalid Publish Subject'", .refused), ("'Invalid Subject'", .refused),
        ("'maximum subscriptions exceeded'", .refused), ("'Stale Connection'", .ending), ("'Slow Consumer'", .ending),
        ("'maximum connections exceeded'", .ending), ("'maximum account active connections exceeded'", .ending),
        ("'Unknown Protocol Operation'", .protocolFault), ("'Parser Error'", .protocolFault),
        ("'Maximum Payload Violation'", .protocolFault), ("'maximum control line exceeded'", .protocolFault),
        ("'Secure Connection - TLS Required'", .protocolFault), ("'Something New'", .other), ("", .other),
        ("'", .other),
        ("unquoted", .other),
    ])
    func isOfAKind(text: String, kind: ServerComplaint.Kind) throws {
        #expect(try complaint(text).kind == kind)
    }

    @Test func quotesAreNotPartOfIt() throws {
        #expect(try complaint("'Stale Connection'").text == "Stale Connection")
        #expect(try complaint("it's").text == "it's")
    }

    /// It goes into a log.
    @Test func whatIsNotPrintableIsNotRepeated() throws {
        #expect(try complaint("'a\u{1b}[2J\u{0}b'").text == "a?[2J?b")
        let long = String(repeating: "x", count: 1000)
        #expect(try complaint(long).text.utf8.count <= ServerComplaint.longest)
    }
}
