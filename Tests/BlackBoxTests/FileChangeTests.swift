// Promise: who renews a certificate changes its files and tells nobody: the next handshakes have it within seconds.

import Foundation
import Testing

extension Outside {
    @Suite struct FileChangeTests {
        /// A volume of Kubernetes: names that are links through `..data`, which points to the folder of the moment.
        private static func volume(_ files: ChangingFiles) throws -> String {
            let (manager, workspace) = (FileManager.default, files.workspace)
            let moment = workspace.path("volume/..2026_1")
            try manager.createDirectory(atPath: moment, withIntermediateDirectories: true)
            try manager.createSymbolicLink(
                atPath: workspace.path("volume/..data"), withDestinationPath: "..2026_1")
            for (name, source) in [("tls.pem", files.pairs[0]), ("tls.key", files.key(of: files.pairs[0]))] {
                try manager.copyItem(atPath: source, toPath: "\(moment)/\(name)")
                try manager.createSymbolicLink(
                    atPath: workspace.path("volume/\(name)"), withDestinationPath: "..data/\(name)")
            }
            return workspace.path("volume/tls.pem")
        }

        /// - Parameter how: each is a function of `renewal.py`.
        @Test(arguments: ["renamed", "linked", "named"])
        func theNextHandshakesHaveTheNewCertificate(how: String) async throws {
            let files = try await ChangingFiles(try await .shared(), pairs: 2)
            let served = how == "linked" ? try Self.volume(files) : files.certificate
            let settings = files.settings.overridden(by: [
                "tls.certificate": served, "tls.key": files.key(of: served),
            ])
            try await Gateway.run(settings) { gateway in
                let lines = try await gateway.client(
                    "renewal.py", "--admin-port", "\(gateway.adminPort)", "--process", "\(gateway.child.process)",
                    "--config", gateway.workspace.path("sluice.yaml"), "--certificate", served, "--next",
                    files.pairs[1], "--how", how)
                let line = try #require(lines.last)
                #expect(line.texts("names") == ["pair 0", "pair 1"], "\(line)")
                #expect(try #require(line.number("seconds")) < 4, "\(line)")
                let metrics = try await gateway.metrics()
                let now = how == "named" ? files.pairs[1] : served
                let end = metrics.sum(
                    "sluice_tls_certificate_not_after_seconds", where: "certificate=\"\(now)\"")
                #expect(end == line.number("not_after"), "\(line)")
                // Of no other: what is served no more is told of no more.
                #expect(metrics.sum("sluice_tls_certificate_not_after_seconds") == end)
                #expect(line.numbers("reloads") == [1, 0], "once, and nothing was wrong meanwhile: \(line)")
                #expect(!gateway.child.errors.contains("could not be reloaded"), "\(gateway.child.transcript)")
            }
        }
    }
}
