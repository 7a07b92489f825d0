// Configurations as texts, for the tests of loading: a file in a folder of its own, variables and flags.

import Foundation
import Testing

@testable import GatewayServer

/// One configuration file that is gone after the test.
final class ConfigurationFile {
    let folder: URL
    let path: String

    init(_ text: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent("sluice.yaml").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

/// The least that a gateway starts with.
let requiredSettings = """
    tls:
      certificate: server.pem
      key: server.key
    auth:
      keys: keys.json

    """

/// Loads a configuration.
func load(
    _ file: String? = requiredSettings, environment: [String: String] = [:], flags: [String] = []
) throws -> GatewayConfiguration {
    let written = try file.map { try ConfigurationFile($0) }
    return try ConfigurationLoader(path: written?.path, environment: environment, flags: flags).load()
}

/// What loading finds wrong, with the file's path shortened to its name; nothing if it succeeds.
func complaints(
    _ file: String? = requiredSettings, environment: [String: String] = [:], flags: [String] = []
) throws -> [String] {
    let written = try file.map { try ConfigurationFile($0) }
    do throws(ConfigurationErrors) {
        _ = try ConfigurationLoader(path: written?.path, environment: environment, flags: flags).load()
        return []
    } catch {
        let folder = written.map { $0.folder.path + "/" } ?? ""
        return error.errors.map { $0.description.replacingOccurrences(of: folder, with: "") }
    }
}

/// The package's folder.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
