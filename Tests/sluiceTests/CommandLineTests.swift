import ArgumentParser
import Foundation
import GatewayClient
import GatewayServer
import Testing

@testable import sluice

/// What the command line takes and refuses, without running a command.
@Suite struct CommandLineTests {
    private static let gateway = ["--url", "https://localhost:8443", "--ca", "ca.pem", "--token", "abc"]

    private func exitCode(_ arguments: [String]) -> Int32 {
        do {
            _ = try Sluice.parseAsRoot(arguments)
            return 0
        } catch {
            return Sluice.exitCode(for: error).rawValue
        }
    }

    @Test(arguments: [
        ["publish"] + gateway + ["--to-user", "alice", "--event", "comment", "--data", "-"],
        ["publish"] + gateway + ["--to-topic", "news", "--data", ""],
        ["publish"] + gateway + ["--to-everyone", "--data", "text"],
        ["publish"] + gateway + ["--ndjson"],
        ["listen"] + gateway + ["--topic", "a", "--topic", "b", "--last-event-id", "e-1", "--json", "--count", "3"],
        ["listen", "--url", "https://[::1]", "--silence", "5m", "--max-event", "1MiB"],
        ["listen", "--url", "https://localhost", "--token-file", "token"], ["check", "--json"],
        ["users"] + gateway, ["users"] + gateway + ["alice"], ["kick"] + gateway + ["alice"],
        ["kick"] + gateway + ["alice", "--stream", "1-5", "--retry"], ["revoke"] + gateway + ["--sub", "alice"],
        ["revoke"] + gateway + ["--sub", "alice", "--issued-before", "1790000000"],
        ["revoke"] + gateway + ["--jti", "t"],
        ["revoke"] + gateway + ["--everyone", "--issued-before", "2026-11-27T12:00:00Z"],
    ])
    func `scripts may rely on these`(_ arguments: [String]) {
        #expect(exitCode(arguments) == 0)
    }

    @Test(arguments: [
        ["nonsense"], ["listen"], ["listen", "--url", "http://localhost"], ["listen"] + gateway + ["--count", "0"],
        ["listen"] + gateway + ["--last-event-id", "a\nb"], ["listen"] + gateway + ["--silence", "60"],
        ["publish"] + gateway, ["publish"] + gateway + ["--to-topic", "news"],
        ["listen"] + gateway + ["--max-event", "1MB"],
        ["listen"] + gateway + ["--token-file", "token"], ["check", "--ca", "ca.pem"],
        ["publish"] + gateway + ["--to-user", "a", "--to-everyone"],
        ["publish"] + gateway + ["--to-user", "a", "--event", "a\rb"],
        ["kick"] + gateway, ["revoke"] + gateway, ["revoke"] + gateway + ["--everyone"],
        ["revoke"] + gateway + ["--sub", "a", "--jti", "t"],
        ["revoke"] + gateway + ["--jti", "t", "--issued-before", "1"],
        ["revoke"] + gateway + ["--sub", "a", "--issued-before", "yesterday"],
        ["revoke"] + gateway + ["--sub", "a", "--issued-before", "-1"],
        ["publish"] + gateway + ["--ndjson", "--to-everyone"], ["publish"] + gateway + ["--ndjson", "--data", "x"],
    ])
    func `a wrong command line is exit code 64`(_ arguments: [String]) {
        #expect(exitCode(arguments) == 64)
    }

    @Test func `topics are kept in order`() throws {
        let command = try #require(
            try Sluice.parseAsRoot(["listen"] + Self.gateway + ["--topic", "b", "--topic", "a"]) as? ListenCommand)
        #expect(command.topics == ["b", "a"])
        #expect(try command.gateway.address.gateway().port == 8443)
        #expect(command.maxEvent > 16 << 20, "the largest event that a gateway may send, and what is around it")
        #expect(command.silence.seconds == 60)
    }

    @Test(arguments: [
        ("pubish", "publish"), ("lisen", "listen"), ("srve", "serve"), ("chek", "check"), ("Publish", "publish"),
    ])
    func `a mistyped command is told which was meant`(_ word: String, _ meant: String) {
        let error = #expect(throws: ValidationError.self) { try CommandName.check([word, "--help"]) }
        #expect(error.map { "\($0)" } == "there is no command \"\(word)\"; did you mean \(meant)?")
    }

    @Test func `what is no command at all is told which there are`() throws {
        let error = #expect(throws: ValidationError.self) { try CommandName.check(["frobnicate"]) }
        #expect(
            error.map {
                "\($0)".contains(
                    "there are serve, demo, token, publish, listen, users, kick, revoke, check, reload, explain, log, "
                        + "bench")
            } == true)
        for arguments in [[], ["--help"], ["help", "x"], ["serve"]] { try CommandName.check(arguments) }
    }

    @Test(arguments: [
        (["publish", "--to-everyone", "--data", "x"], "--evnt", "--event"), (["listen"], "--tpic", "--topic"),
        (["bench", "--keys", "keys.json"], "--stream", "--streams"),
    ])
    func `a mistyped option is told which was meant`(_ command: [String], _ option: String, _ meant: String) {
        let ending = ending(command + ["--url", "https://localhost", option, "x"])
        #expect(ending.status == 64)
        #expect(ending.text.contains("Did you mean '\(meant)'?"), "\(ending.text)")
    }

    @Test(arguments: [
        (["listen", "--urll", "https://localhost"], "--url"),
        (["publish", "--url", "https://localhost", "--to-everyone", "--dta", "x"], "--data"),
        (["token", "--kyes", "keys.json", "--user", "a"], "--keys"),
        (["bench", "--url", "https://localhost", "--key", "keys.json"], "--keys"),
    ])
    func `a mistyped option that is required is told which was meant`(_ arguments: [String], _ meant: String) {
        let ending = ending(arguments)
        #expect(ending.status == 64)
        #expect(ending.text.contains("Did you mean '\(meant)'?"), "\(ending.text)")
        #expect(ending.text.matches(of: /Did you mean/).count == 1)
    }

    private func ending(_ arguments: [String]) -> CommandEnding {
        do {
            _ = try Sluice.parseAsRoot(arguments)
            return CommandEnding(ExitCode.success, arguments: [])
        } catch {
            return CommandEnding(error, arguments: arguments)
        }
    }

    @Test func `a time without its unit is told how it is written`() {
        let ending = ending(["publish"] + Self.gateway + ["--to-everyone", "--data", "x", "--timeout", "3"])
        #expect(ending.status == 64)
        #expect(ending.text.contains("--timeout"))
        #expect(ending.text.contains("write a time with its unit, as 3s for seconds, 3m for minutes"), "\(ending.text)")
    }

    @Test(arguments: [
        ["listen", "--url", "https://localhost", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"],
        ["publish", "--url", "https://a:eyJhbGciOiJIUzI1NiJ9@localhost", "--to-everyone", "--data", "x"],
        ["listen", "--url", "https://localhost", "--count", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"],
        ["listen", "--url", "https://localhost", "--count=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"],
        ["token", "--keys", "k", "--sub", "a", "--ttl", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"],
    ])
    func `no message repeats a secret of the command line`(_ arguments: [String]) {
        let ending = ending(arguments)
        #expect(ending.status == 64)
        #expect(!ending.text.contains("eyJhbGciOiJIUzI1NiJ9"), "\(ending.text)")
        #expect(ending.text.contains("not shown"), "\(ending.text)")
    }

    @Test func `a closed pipe is no failure to speak of`() {
        let ending = CommandEnding(Console.ReaderLeft(), arguments: [])
        #expect(ending.status == 141 && ending.text.isEmpty && !ending.isResult)
    }

    @Test func `one table of exit codes is the article's and the help's`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let place = "../../Sources/GatewayServer/Documentation.docc/Operating.md"
        let file = folder.appendingPathComponent(place).standardized
        let article = try String(contentsOf: file, encoding: .utf8)
        #expect(
            article.contains("<!-- exit codes:begin -->\n\(sluice.ExitStatus.markdownTable)\n<!-- exit codes:end -->"),
            "write this into Operating.md: \(sluice.ExitStatus.markdownTable)")
        let help = Sluice.helpMessage(columns: 200)
        #expect(sluice.ExitStatus.allCases.allSatisfy { help.contains($0.meaning) })
    }

    @Test func `each failure has one code in all commands`() {
        #expect(CommandEnding(CommandFailure("x"), arguments: []).status == 1)
        #expect(CommandEnding(CommandFailure("x", .configuration), arguments: []).status == 78)
        #expect(CommandEnding(ValidationError("x"), arguments: []).status == 64)
        #expect(ConfigurationOptions.wrongConfiguration.rawValue == 78)
    }

    @Test func `the version is the newest of the changelog`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = folder.appendingPathComponent("../../CHANGELOG.md").standardized
        let heading = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("## [") && $0 != "## [Unreleased]" }
        #expect(heading?.hasPrefix("## [\(Sluice.configuration.version)] - ") == true)
    }
}

@Suite struct GatewayOptionsTests {
    private func options(_ more: String...) throws -> TokenOptions { try TokenOptions.parse(more) }

    @Test func `the token may come from the environment, where ps does not show it`() throws {
        _ = try options().bearerToken(environment: ["SLUICE_TOKEN": "abc\n"])
        _ = try options("--token", "abc").bearerToken(environment: [:])
    }

    @Test func `the option goes before the environment`() throws {
        let both = try options("--token", "not a token")
        #expect(throws: GatewayClientError.self) { try both.bearerToken(environment: ["SLUICE_TOKEN": "abc"]) }
    }

    @Test func `a token's file is read, and what is none is told without its content`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("abc.def.ghi\n".utf8).write(to: file)
        #expect(try options("--token-file", file.path).text(environment: [:]) == "abc.def.ghi\n")
        _ = try options("--token-file", file.path).bearerToken(environment: ["SLUICE_TOKEN": "not a token"])
        try Data(repeating: 0xFF, count: 10).write(to: file)
        for path in [file.path, "/nowhere/token"] {
            let error = #expect(throws: CommandFailure.self) {
                try options("--token-file", path).text(environment: [:])
            }
            #expect(error?.status == .configuration)
            #expect(error?.description.contains(path) == true)
        }
        let taken = #expect(throws: CommandFailure.self) { try options("--token-file", "eyJhbGci.eyJz.c2ln").text() }
        #expect(taken?.description.contains("eyJz") == false, "the token itself was given")
    }

    @Test func `without a token it says where to get one`() throws {
        let error = #expect(throws: CommandFailure.self) { try options().bearerToken(environment: [:]) }
        #expect(error?.description.contains("sluice token") == true)
    }

    @Test func `url and authorities come from the option, else from the environment`() throws {
        let environment = ["SLUICE_URL": "https://gate.example:9443", "SLUICE_CA": "ca.pem"]
        let given = try AddressOptions.parse(["--url", "https://localhost", "--ca", "other.pem"])
        #expect(try given.gateway(environment: environment).host == "localhost")
        #expect(given.authorities(environment: environment) == "other.pem")
        #expect(given.authorities(environment: [:]) == "other.pem")
        var left = given
        (left.url, left.ca) = (nil, nil)
        #expect(try left.gateway(environment: environment).port == 9443)
        #expect(left.authorities(environment: environment) == "ca.pem")
        #expect(left.authorities(environment: ["SLUICE_CA": ""]) == nil, "as scripts unset it")
        let nowhere = #expect(throws: ValidationError.self) { try left.gateway(environment: [:]) }
        #expect(nowhere.map { "\($0)" } == "where is the gateway? Give --url, or set SLUICE_URL")
        #expect(throws: ValidationError.self) { try left.gateway(environment: ["SLUICE_URL": "http://x"]) }
    }
}

@Suite struct CheckReportTests {
    private func status(_ findings: CheckFinding...) throws -> sluice.ExitStatus {
        var report = CheckReport(json: true)
        for finding in findings { try report.take(finding) }
        return report.status
    }

    @Test func `check ends as serve would`() throws {
        let (fine, doubtful) = (CheckFinding(.fine, "a", "b"), CheckFinding(.doubtful, "a", "b"))
        let (file, port) = (CheckFinding(.wrong, "a", "b"), CheckFinding(.wrong, "a", "b", fault: .surroundings))
        #expect(try status() == .done)
        #expect(try status(fine, doubtful) == .done)
        #expect(try status(fine, port) == .failed)
        #expect(try status(port, file, fine) == .configuration)
        #expect(file.at(.surroundings) == port)
    }

    @Test func `the JSON object says the same`() throws {
        var report = CheckReport(json: true)
        try report.take(CheckFinding(.fine, "clock", "is \"right\""))
        try report.take(CheckFinding(.wrong, "listen.port", "is in use", fault: .surroundings))
        #expect(
            try report.text() == #"{"findings":[{"detail":"is \"right\"","outcome":"fine","subject":"clock"},"#
                + #"{"detail":"is in use","outcome":"wrong","subject":"listen.port"}],"ok":false}"# + "\n")
    }
}
