// `sluice check`: says before the start whether the gateway could run. What is looked at is GatewayServer's.

import ArgumentParser
import Foundation
import GatewayServer

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at the configuration and all that it names: certificates, keys, ports, clock, limits.",
        discussion: ConfigurationOptions.help
            + """


            One line is printed per thing: ✓ in order, ! doubtful, ✗ wrong, with what to do.
            Exit codes: 0 nothing is wrong, 1 something is.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration: GatewayConfiguration
        do {
            configuration = try options.load()
        } catch {
            throw ExitCode.failure
        }
        try Console.print(CheckFinding(.fine, "configuration", "is complete").description + "\n")
        let now = Int64(Date().timeIntervalSince1970)
        let findings = await GatewayCheck(configuration: configuration, now: now).run()
        for finding in findings { try Console.print("\(finding)\n") }
        if findings.contains(where: { $0.outcome == .wrong }) { throw ExitCode.failure }
    }
}
