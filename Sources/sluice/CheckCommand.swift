// `sluice check`: says before the start whether the gateway could run, and, with a URL or an origin, whether clients
// and browsers can use the one that runs. What is looked at is GatewayServer's, `AddressCheck`'s and `OriginCheck`'s.

import ArgumentParser
import Foundation
import GatewayServer

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at the configuration and all that it names, or, with --url or --origin, at a running gateway.",
        discussion: ConfigurationOptions.help
            + """


            Without --url and --origin: certificates, keys, ports, clock and limits, before the start, or beside the gateway that runs: \
            what that one has in use is in order. Identity providers are asked for their keys once; and of a token (--token-file, \
            SLUICE_TOKEN) it is said which issuer, key and claims make it whose, or what is missing.

            With --url alone: what any client does: the certificate, HTTP/2, whether it is the gateway that answers, and the \
            clocks. With --origin: what a browser does for a page of that origin, against a running gateway and through whatever is \
            in front of it: the certificate, HTTP/2, the preflights, what another origin gets, the session cookie for this \
            pair of sites, the stream with its first bytes and a heartbeat (proxies that buffer), and the clocks. The \
            session and the stream take a token.

            One line is printed per thing: ✓ in order, ! doubtful, ✗ wrong, with what to do.
            Exit codes: 0 nothing is wrong; 1 something around is: an address in use, a gateway, a proxy; 64 the command line \
            is; 78 the configuration or a file that it names is, as `sluice serve` would end with it.
            """)

    @Flag(help: "Print one JSON object: \"ok\", and \"findings\" with \"outcome\", \"subject\" and \"detail\".")
    var json = false

    @OptionGroup(title: "Options for a running gateway") var page: OriginOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var report = CheckReport(json: json)
        for await finding in try findings() { try report.take(finding) }
        try report.end()
    }

    private func findings() throws -> AsyncStream<CheckFinding> {
        let configuration: GatewayConfiguration?
        do throws(ConfigurationErrors) {
            configuration = try load()
        } catch {
            return Self.stream { error.errors.map(CheckFinding.init) }
        }
        if let origin = page.origin { return try page.check(of: origin, configuration: configuration).findings() }
        if let url = page.url { return try page.address(url).findings() }
        guard let configuration else { return Self.stream { [] } }
        let token = try page.credential.text()
        return Self.stream {
            [CheckFinding(.fine, "configuration", "is complete")]
                + (await GatewayCheck(configuration: configuration, now: OriginCheck.now(), token: token).run())
        }
    }

    /// A stream that begins to look only when somebody reads it.
    private static func stream(_ make: @escaping @Sendable () async -> [CheckFinding]) -> AsyncStream<CheckFinding> {
        AsyncStream { end in
            let task = Task {
                for finding in await make() { end.yield(finding) }
                end.finish()
            }
            end.onTermination = { _ in task.cancel() }
        }
    }

    /// The configuration, unless only a gateway elsewhere is looked at, which has its configuration elsewhere.
    private func load() throws(ConfigurationErrors) -> GatewayConfiguration? {
        let isElsewhere = page.url != nil || page.origin != nil && page.variable != nil
        guard !isElsewhere || options.config != nil || !options.settings.isEmpty else { return nil }
        return try options.read(siblings: OriginOptions.flags)
    }
}

extension CheckFinding {
    /// A mistake in the configuration.
    fileprivate init(_ error: ConfigurationError) {
        self.init(.wrong, error.place.isEmpty ? "configuration" : error.place, "\(error.detail); \(error.remedy)")
    }
}
