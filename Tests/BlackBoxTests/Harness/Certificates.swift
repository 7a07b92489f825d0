// Certificates and keys as `make certs` makes them, once for all tests of a run.

import Foundation
import Testing

/// A folder that `certs/make-certs.sh` has filled, with a client certificate beside it.
struct Certificates: Sendable {
    private let workspace: Workspace

    /// The certificates that tests share; made by the first that asks.
    static func shared() async throws -> Certificates { try await maker.value }

    private static let maker = Task {
        let workspace = try Workspace()
        let arguments = ["--dir", workspace.folder.path, "--client", "publisher"]
        try await Child(Package.path("certs/make-certs.sh"), arguments, in: workspace).succeeded()
        return Certificates(workspace: workspace)
    }

    var authority: String { workspace.path("ca.pem") }
    var authorityKey: String { workspace.path("ca.key") }
    var chain: String { workspace.path("server.pem") }
    var key: String { workspace.path("server.key") }
    var tokenKeys: String { workspace.path("keys.json") }
    var clientChain: String { workspace.path("publisher.pem") }
    var clientKey: String { workspace.path("publisher.key") }
}
