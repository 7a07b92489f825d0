// `sluice check --origin`, run against a gateway or what is in front of it.

import Foundation

/// A running or finished check.
struct OriginChecking: Sendable {
    private let child: Child

    /// Starts it.
    ///
    /// - Parameters:
    ///   - origin: the page's.
    ///   - url: the gateway as browsers know it.
    ///   - authority: whom to trust, if not the authority of the tests.
    init(
        _ origin: String, at url: String, _ gateway: Gateway, authority: String? = nil, _ options: String...
    ) throws {
        let standing = [
            "check", "--origin", origin, "--url", url, "--ca", authority ?? gateway.certificates.authority, "--keys",
            gateway.certificates.tokenKeys,
        ]
        child = try Child(Package.program(), standing + options, in: gateway.workspace)
    }

    /// Waits for its end, and returns its exit code.
    func ended() async throws -> Int32 { try await child.ended(within: .seconds(60)) }

    /// What it found.
    var lines: [String] { child.outputLines }

    /// What it found to be wrong.
    var wrong: [String] { lines.filter { $0.hasPrefix("✗") } }

    /// What it wrote to standard error.
    var errors: String { child.errors }
}
