// Debian's Chromium with pages of other origins than the gateway's: the client that everything is made for.

import Foundation
import Testing

/// A running Chromium, and the sites whose pages it shows. A script in `Clients` drives it; it takes its commands from
/// a file that grows, and answers each with a line.
final class Browser: Sendable {
    /// What the driver may be told; see `chromium.py`.
    private struct Command: Encodable {
        let `do`: String
        var tab: String?
        var url: String?
        var script: String?
        var cookie: String?
    }

    /// A session cookie that the browser keeps.
    struct KeptCookie: Decodable {
        let value: String
        let sameSite: String?
        let isPartitioned: Bool
    }

    private let child: Child
    private let commands: String
    private let gate: String
    private let sites: [Int]

    private init(_ gateway: Gateway, sites: [Int], plainSite: Int?, version: HTTPVersion) throws {
        (gate, self.sites) = (gateway.url, sites)
        commands = try gateway.workspace.write("", to: "commands")
        let certificates = gateway.certificates
        child = try gateway.startClient(
            "chromium.py",
            [
                "--chain", certificates.chain, "--key", certificates.key, "--keys", certificates.tokenKeys,
                "--commands", commands, "--protocol", version.rawValue, "--built", gateway.workspace.path("built"),
            ] + ["--sites"] + sites.map(String.init) + ["--plain-sites"]
                + [plainSite].compactMap { $0.map(String.init) })
    }

    /// What the browser may speak to the gateway.
    enum HTTPVersion: String, CaseIterable {
        /// HTTP/2, as it agrees on by itself.
        case h2
        /// HTTP/1.1, with HTTP/2 turned off in the browser.
        case http1 = "http/1.1"
    }

    /// Runs a test with a gateway and a browser that shows pages of two origins, the first of which is allowed.
    static func run(
        _ settings: Settings = [:], _ version: HTTPVersion = .h2, _ test: (Gateway, Browser) async throws -> Void
    ) async throws {
        let sites = try freePorts(2)
        try await Gateway.run(Self.settings(sites).overridden(by: settings)) { gateway in
            let browser = try await start(gateway, sites: sites, version)
            try await test(gateway, browser)
            try await browser.end()
        }
    }

    /// What a gateway has to be told for pages of the first site.
    static func settings(_ sites: [Int]) -> Settings {
        [
            "cors.origins": "[\"https://localhost:\(sites[0])\"]", "stream.retry": "500ms", "auth.clock_skew": "0s",
        ]
    }

    /// Starts a browser with pages on the ports that are given.
    ///
    /// - Parameter plainSite: a port whose pages come over http, as a development server's do.
    static func start(
        _ gateway: Gateway, sites: [Int], plainSite: Int? = nil, _ version: HTTPVersion = .h2
    ) async throws -> Browser {
        let browser = try Browser(gateway, sites: sites, plainSite: plainSite, version: version)
        _ = try await browser.answer(0)
        return browser
    }

    /// Opens a page of `Clients/pages` in a tab of its own, or loads it in a tab that is open.
    func open(_ tab: String, _ page: String, site: Int = 0, _ query: String = "") async throws {
        try await open(tab, page, origin: "https://localhost:\(sites[site])", query)
    }

    /// Opens a page of the origin that is given.
    func open(_ tab: String, _ page: String, origin: String, _ query: String = "") async throws {
        let url = "\(origin)/\(page)?gate=\(gate)&user=alice\(query)"
        try await ask(Command(do: "open", tab: tab, url: url))
    }

    /// Loads an empty page in a tab that is open.
    func leavePage(_ tab: String) async throws {
        try await ask(Command(do: "open", tab: tab, url: "about:blank"))
    }

    /// Runs the body of an async function in a page; its value as JSON, but for a text, which is taken as it is.
    @discardableResult
    func run(_ tab: String, _ script: String) async throws -> String {
        try await ask(Command(do: "run", tab: tab, script: script))
    }

    /// Waits until an expression holds in a page. What the page has seen is shown when it does not.
    func until(_ tab: String, _ expression: String, within limit: Duration = .seconds(20)) async throws {
        var seen = ""
        try await eventually("\(expression) in tab \(tab)", within: limit, otherwise: { "The page has seen \(seen)" }) {
            seen = try await self.run(tab, "return [window.seen, window.states, window.sluice?.state]")
            return try await self.run(tab, "return Boolean(\(expression))") == "true"
        }
    }

    /// What a page has noted in its list `seen`.
    func seen(_ tab: String) async throws -> [String] {
        let text = try await run(tab, "return seen")
        return try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    func close(_ tab: String) async throws { try await ask(Command(do: "close", tab: tab)) }

    /// What the console of the tab that was used last has said since it was last asked for.
    func console() async throws -> String { try await ask(Command(do: "console")) }

    /// The gateway's answers to subscribes of pages since the last call: status, protocol and `Sluice-Stream`.
    func answers() async throws -> [String] {
        try await ask(Command(do: "answers")).split(separator: "\n").map(String.init)
    }

    /// The session cookies that the browser keeps: partitioned and not, they are two.
    func cookies() async throws -> [KeptCookie] {
        try JSONDecoder().decode([KeptCookie].self, from: Data(try await ask(Command(do: "cookies")).utf8))
    }

    /// Has the browser keep a session cookie that is not partitioned beside what it has.
    func plant(cookie: String) async throws {
        #expect(try await ask(Command(do: "plant", url: gate, cookie: cookie)) == "true")
    }

    /// Ends the browser.
    func end() async throws {
        try append(Command(do: "end"))
        try await child.succeeded()
    }

    @discardableResult
    private func ask(_ command: Command) async throws -> String {
        let number = child.outputLines.count
        try append(command)
        return try await answer(number)
    }

    private func answer(_ number: Int) async throws -> String {
        let line = try await eventually(
            "an answer of the browser", within: .seconds(60), otherwise: { child.transcript }
        ) {
            let lines = child.outputLines
            try #require(lines.count > number || child.exitCode == nil, "the browser has ended. \(child.transcript)")
            return lines.count > number ? lines[number] : nil
        }
        let answer = try #require(JSONLine.all(in: line).first, "\(line)")
        return try #require(answer.text("value"), "\(answer.text("error") ?? line)")
    }

    private func append(_ command: Command) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: commands))
        try file.seekToEnd()
        try file.write(contentsOf: try JSONEncoder().encode(command) + Data("\n".utf8))
        try file.close()
    }
}
