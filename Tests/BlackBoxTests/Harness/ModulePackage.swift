// The module as an npm package, as `make js` writes it, in the `node_modules` of a test's folder.

/// An installed package.
struct ModulePackage: Sendable {
    private let workspace: Workspace
    /// Where an application would have its sources.
    let folder: String

    /// Makes it.
    init(in workspace: Workspace) async throws {
        self.workspace = workspace
        folder = workspace.path("built")
        let target = folder + "/node_modules/sluice-client"
        try await Child("sh", [Package.path("deploy/js/make.sh"), target], in: workspace).succeeded()
    }

    /// The ways of making a bundle that are tried: what an application's build runs.
    enum Bundler: String, CaseIterable, Sendable {
        case esbuildESM = "esbuild-esm"
        case esbuildIIFE = "esbuild-iife"
        case rollupESM = "rollup-esm"
        case rollupIIFE = "rollup-iife"

        fileprivate func command(_ source: String, _ target: String) -> [String] {
            let format = String(rawValue.split(separator: "-")[1])
            return switch self {
            case .esbuildESM, .esbuildIIFE:
                ["esbuild", source, "--bundle", "--minify", "--format=\(format)", "--outfile=\(target)"]
            case .rollupESM, .rollupIIFE:
                ["rollup", source, "--format", format, "--file", target, "--silent"]
            }
        }
    }

    /// Makes an application of `Clients` and the module one file, which the test's site serves under `/built/`.
    func bundle(_ client: String, by bundler: Bundler) async throws {
        // Rollup finds packages with a plugin only.
        let name = bundler.rawValue.hasPrefix("rollup") ? "./node_modules/sluice-client/sluice.js" : "sluice-client"
        let script = """
            sed 's|"sluice-client"|"\(name)"|' '\(Package.client(client))' > application.js
            \(bundler.command("application.js", bundler.rawValue + ".js").joined(separator: " "))
            """
        try await Child("sh", ["-ec", script], in: workspace, folder: folder).succeeded()
    }
}
