// `sluice check`: says before the start whether the gateway could run, and, with an origin, whether browsers can use the one
// that runs. What is looked at is GatewayServer's and `OriginCheck`'s.

import ArgumentParser
import Foundation
import GatewayServer

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at the configuration and all that it names, or, with --origin, at a running gateway.",
        discussion: ConfigurationOptions.help
            + """


            Without --origin: certificates, keys, ports, clock and limits, before the start.

            With --origin: what a browser does for a page of that origin, against a running gateway and through whatever is \
            in front of it: the certificate, HTTP/2, the preflights, what another origin gets, the session cookie for this \
            pair of sites, the stream with its first bytes and a heartbeat (proxies that buffer), and the clocks. The \
            session and the stream take a token.

            One line is printed per thing: ✓ in order, ! doubtful, ✗ wrong, with what to do.
            Exit codes: 0 nothing is wrong, 1 something is.
            """)

    @OptionGroup(title: "Options for --origin") var page: OriginOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        if let origin = page.origin {
            try await report(page.check(of: origin, configuration: readsConfiguration ? load() : nil).findings())
        } else {
            let configuration = try load()
            try Console.print(CheckFinding(.fine, "configuration", "is complete").description + "\n")
            let findings = await GatewayCheck(configuration: configuration, now: OriginCheck.now()).run()
            try await report(
                AsyncStream { end in
                    for finding in findings { end.yield(finding) }
                    end.finish()
                })
        }
    }

    /// A gateway elsewhere has its configuration elsewhere.
    private var readsConfiguration: Bool {
        page.url == nil || options.config != nil || !options.settings.isEmpty
    }

    private func load() throws -> GatewayConfiguration {
        do {
            return try options.load()
        } catch {
            throw ExitCode.failure
        }
    }

    private func report(_ findings: AsyncStream<CheckFinding>) async throws {
        var isWrong = false
        for await finding in findings {
            try Console.print("\(finding)\n")
            isWrong = isWrong || finding.outcome == .wrong
        }
        if isWrong { throw ExitCode.failure }
    }
}
