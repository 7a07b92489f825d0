import ArgumentParser
import Foundation
import GatewayClient
import GatewayServer
import PlainWords

/// The options that every command needs which talks to a gateway.
struct GatewayOptions: ParsableArguments {
    @OptionGroup var address: AddressOptions
    @OptionGroup var credential: TokenOptions

    /// Opens connections as the options say.
    func connector() throws -> GatewayConnector {
        let authorities = address.authorities()
        let url = try address.gateway()
        do throws(GatewayClientError) {
            return try GatewayConnector(url: url, certificateAuthorities: authorities)
        } catch {
            throw CommandFailure("--ca (or SLUICE_CA): \(error)", .configuration)
        }
    }
}

// Where a gateway is and whom to trust about it: from options, else from the environment.

/// The URL and the authorities, for every command that talks to a gateway.
struct AddressOptions: ParsableArguments {
    @Option(
        help: "Where the gateway is, for instance https://localhost:8443. When left out: SLUICE_URL.",
        transform: Self.parse)
    var url: GatewayURL?

    @Option(
        help: "PEM file with the CA certificates to trust. When left out: SLUICE_CA, and without it the system's.")
    var ca: String?

    /// Reads the value of `--url`.
    @Sendable static func parse(_ text: String) throws -> GatewayURL {
        do throws(GatewayClientError) { return try GatewayURL(text) } catch { throw ValidationError(error.message) }
    }

    func validate() throws { _ = try gateway() }

    /// Where the gateway is.
    ///
    /// - Throws: `ValidationError` when nobody says it.
    func gateway(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> GatewayURL {
        if let url { return url }
        guard let text = Self.value("SLUICE_URL", environment) else {
            throw ValidationError("where is the gateway? Give --url, or set SLUICE_URL")
        }
        do { return try Self.parse(text) } catch { throw ValidationError("SLUICE_URL: \(error)") }
    }

    /// The authorities' file; nil for the system's.
    func authorities(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        ca ?? Self.value("SLUICE_CA", environment)
    }

    /// An empty variable counts as one that is not set, as scripts expect.
    static func value(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

// Where a command gets its token from: a file or the environment, which only its user can read, or an argument, which
// everyone on the machine can read.

/// The token, for every command that takes one.
struct TokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("File with the bearer token. When left out: SLUICE_TOKEN.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The bearer token itself. Every user of the machine can see it (ps): prefer --token-file or SLUICE_TOKEN.",
            valueName: "token"))
    var token: String?

    /// No token is longer. A device or the wrong file might be.
    private static let longest = 64 << 10

    func validate() throws {
        guard token == nil || tokenFile == nil else {
            throw ValidationError("--token and --token-file exclude each other: leave out --token")
        }
    }

    /// The token's text from where it is given; nil when it is given nowhere.
    ///
    /// - Throws: `CommandFailure` when the file can't be used.
    func text(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> String? {
        if let token { return token }
        if let tokenFile { return try Self.read(tokenFile) }
        return AddressOptions.value("SLUICE_TOKEN", environment)
    }

    /// The checked token.
    func bearerToken(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> BearerToken {
        guard let text = try text(environment: environment) else {
            throw CommandFailure("there is no token: give --token-file, or set SLUICE_TOKEN; sluice token makes one")
        }
        return try BearerToken(text)
    }

    private static func read(_ path: String) throws -> String {
        let name = QuotedValue.name(path, isSecret: true)
        guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.read(upToCount: longest + 1) else {
            throw CommandFailure(
                "the token file \(name) can't be read; give a file that this user may read", .configuration)
        }
        guard bytes.count <= longest, let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(
                "the token file \(name) holds no token; name the file that sluice token was written to", .configuration)
        }
        if let exposure = FileExposure(path: path) {
            Console.report("warning: the token file \(name) \(exposure.detail)")
        }
        return text
    }
}
