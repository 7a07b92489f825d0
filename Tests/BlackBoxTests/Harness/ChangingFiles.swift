// Files that a gateway reads and that a test changes while it runs, so they are the test's own.

import Foundation

/// A certificate pair that is served, others to put in its place, and a key set of two keys.
struct ChangingFiles {
    let workspace: Workspace
    let keys: String
    /// What the gateway is told to serve: the first of the pairs, until the test changes it.
    let certificate: String
    /// The certificates' files; ``key(of:)`` has the keys'.
    let pairs: [String]

    init(_ certificates: Certificates, pairs count: Int) async throws {
        workspace = try Workspace()
        keys = try KeySetFile.twoKeys(in: workspace)
        certificate = workspace.path("served.pem")
        var pairs: [String] = []
        for number in 0..<count {
            pairs.append(try await Self.pair(number, certificates, workspace))
        }
        self.pairs = pairs
        let copied = FileManager.default
        try copied.copyItem(atPath: pairs[0], toPath: certificate)
        try copied.copyItem(atPath: key(of: pairs[0]), toPath: key(of: certificate))
    }

    func key(of certificate: String) -> String { certificate.dropLast(4) + ".key" }

    /// Each ends a day later than the one before, so that they are told apart by their ends, too.
    private static func pair(
        _ number: Int, _ certificates: Certificates, _ workspace: Workspace
    ) async throws -> String {
        let (chain, key) = (workspace.path("pair-\(number).pem"), workspace.path("pair-\(number).key"))
        _ = try await Child(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "\(30 + number)", "-subj", "/CN=pair \(number)", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE", "-CA",
                certificates.authority, "-CAkey", certificates.authorityKey, "-keyout", key, "-out", chain,
            ], in: workspace
        ).succeeded()
        return chain
    }

    var settings: Settings {
        [
            "tls.certificate": certificate, "tls.key": key(of: certificate), "auth.keys": keys,
            "cors.origins": "['https://app.example']", "limits.event": "60KiB",
        ]
    }
}
