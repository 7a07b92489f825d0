// What an operator does to a running gateway's configuration: write it, send SIGHUP, read what is said.

import Foundation
import Glibc
import Testing

extension Gateway {
    /// Writes other settings over those that every gateway of a test has, reloads, and holds the reload to success.
    ///
    /// - Returns: what was written to standard error meanwhile.
    @discardableResult
    func reload(_ settings: Settings) async throws -> String {
        let count = try await reloads("ok")
        let before = child.errors.count
        try workspace.write(
            Self.standing(certificates, ports: [port, adminPort]).overridden(by: settings).yaml, to: "sluice.yaml")
        child.send(SIGHUP)
        try await metric("sluice_config_reloads_total", where: #"result="ok""#, reaches: count + 1)
        #expect(try await reloads("failed") == 0, "\(child.transcript)")
        return String(child.errors.dropFirst(before))
    }

    /// How many reloads ended so.
    func reloads(_ result: String) async throws -> Double {
        try await metrics().sum("sluice_config_reloads_total", where: "result=\"\(result)\"")
    }
}
