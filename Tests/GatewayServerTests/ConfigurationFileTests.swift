// The file's shape: what is no YAML, what is YAML but no configuration, and what cannot be read.

import Foundation
import GatewayRules
import Testing

@testable import GatewayServer

/// A file that is refused, and what is said about it.
struct WrongFile: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let complaints: [String]
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ complaints: String...) {
        (self.name, self.text, self.complaints) = (name, text, complaints)
    }
}

@Suite struct ConfigurationFileTests {
    static let files: [WrongFile] = [
        .init("empty", "", "sluice.yaml: is empty; write the settings, or remove --config"),
        .init("comments only", "# nothing\n", "sluice.yaml: is empty; write the settings, or remove --config"),
        .init(
            "a list", "- a\n- b\n",
            "sluice.yaml:1: is not a map of settings; write `listen:` and below it `  port: 8443`"),
        .init(
            "a word", "hello\n",
            "sluice.yaml:1: is not a map of settings; write `listen:` and below it `  port: 8443`"),
        .init(
            "tab", "listen:\n\tport: 1\n",
            "sluice.yaml:2: is not YAML: while scanning for the next token, found character that cannot start any token; "
                + "indent with spaces, and quote texts that start with @, `, % or a tab"),
        .init(
            "garbage", "listen: {port: 1\n",
            "sluice.yaml:2: is not YAML: while parsing a flow mapping, did not find expected ',' or '}'; repair this line"
        ),
        .init(
            "duplicate", "auth:\n  keys: a\n  keys: b\n",
            "sluice.yaml:2: keys is written more than once; keep one of them"),
        .init(
            "two documents", "a: 1\n---\nb: 1\n",
            "sluice.yaml:2: is not YAML: expected a single document in the stream, but found another document; "
                + "repair this line"),
        .init(
            "control character", "a: \u{1}\n",
            "sluice.yaml: is not YAML: control characters are not allowed; remove control characters"),
    ]

    @Test(arguments: files) func refused(_ file: WrongFile) throws {
        #expect(try complaints(file.text) == file.complaints)
    }

    static let shapes: [WrongFile] = [
        .init("unknown section", "lisen:\n  port: 1\n", "lisen: is no setting; did you mean listen?"),
        .init("unknown key", "listen:\n  prot: 1\n", "listen.prot: is no setting; did you mean listen.port?"),
        .init(
            "nothing near", "listen:\n  colour: red\n",
            "listen.colour: is no setting; listen holds address, port, event_loops, proxy_protocol, forwarded"),
        .init(
            "nothing near at the top", "colour: red\n",
            "colour: is no setting; sections are listen, tls, auth, publish, cors, session, admin, canary, explain, stream, "
                + "presence, log, limits, http2, shutdown, logging, tracing"),
        .init(
            "dotted", "listen.port: 1\n",
            "listen.port: is no setting; write it as sections: `listen:` and below it `port:`"),
        .init(
            "a list for one value", "listen:\n  port: [1, 2]\n",
            "listen.port: is a list; write one value, without brackets or dashes"),
        .init(
            "a map for a value", "listen:\n  port:\n    number: 1\n",
            "listen.port: holds settings of its own; write its value in the same line"),
        .init(
            "a value for a section", "listen: 8443\n",
            "listen: has a value, but is a section; write below it one of address, port, event_loops, proxy_protocol, forwarded"
        ),
        .init("no value", "listen:\n  port:\n", "listen.port: has no value; write one, or remove the line"),
        .init(
            "maps in a list", "cors:\n  origins:\n    - a: b\n",
            "cors.origins: is a list of something else than plain values; write one plain value per line, each behind a dash"
        ),
        .init(
            "a null in a list", "cors:\n  origins: [~]\n",
            "cors.origins: is a list of something else than plain values; write one plain value per line, each behind a dash"
        ),
    ]

    @Test(arguments: shapes) func misshapen(_ file: WrongFile) throws {
        let line = requiredSettings.split(separator: "\n", omittingEmptySubsequences: false).count
        let said = try complaints(requiredSettings + file.text)
        let expected = file.complaints.map { complaint in
            let isNested = complaint.hasPrefix("listen.") || complaint.hasPrefix("cors.")
            return "sluice.yaml:\(isNested && file.name != "dotted" ? line + 1 : line): " + complaint
        }
        #expect(said == expected)
    }

    @Test func aSectionMayBeEmpty() throws {
        #expect(try complaints(requiredSettings + "cors:\n# origins: []\nlog:\n  retention:\n") == [])
    }

    @Test func anEmptyListOfOriginsIsNone() throws {
        #expect(try load(requiredSettings + "cors:\n  origins: []\n").cors.origins == [])
    }

    @Test func quotedTextsAreValues() throws {
        let loaded = try load(requiredSettings + "listen:\n  port: \"9000\"\nstream:\n  retry: '2s'\n")
        #expect(loaded.listen.port == 9000)
        #expect(loaded.stream.retry == .seconds(2))
    }

    @Test func aFileThatIsNotThere() throws {
        let said = try complaintsAbout(path: "no/such/sluice.yaml")
        #expect(
            said == [
                "no/such/sluice.yaml: cannot be opened: No such file or directory; check the path; deploy/sluice.yaml of "
                    + "the source is an example to copy"
            ])
    }

    @Test func aFolderIsNoFile() throws {
        let file = try ConfigurationFile("")
        let said = try complaintsAbout(path: file.folder.path)
        #expect(said == ["\(file.folder.path): cannot be read: Is a directory; name the file in it"])
    }

    @Test func notUTF8() throws {
        let file = try ConfigurationFile("")
        try Data([0x61, 0x3A, 0x20, 0xFF, 0x0A]).write(to: URL(fileURLWithPath: file.path))
        #expect(try complaintsAbout(path: file.path) == ["\(file.path): is not UTF-8; save it in the encoding UTF-8"])
    }

    @Test func aDeviceIsNotReadForEver() throws {
        #expect(
            try complaintsAbout(path: "/dev/zero")
                == ["/dev/zero: is longer than 1MiB; name the configuration file"])
    }

    /// Also with flags that would be wrong by themselves: the lost file must not hide them.
    @Test func aLostFileDoesNotHideOtherErrors() throws {
        let loader = ConfigurationLoader(
            path: "no/such/file", environment: ["SLUICE_LISTEN_PORT": "x"], flags: ["--listn-port", "1"])
        let errors = try #require(throws: ConfigurationErrors.self) { try loader.load() }
        #expect(errors.errors.map(\.code) == [.unreadable, .unknown, .invalid])
    }
}

/// What loading a file finds wrong; its path is not shortened.
private func complaintsAbout(path: String) throws -> [String] {
    let errors = try #require(throws: ConfigurationErrors.self) {
        try ConfigurationLoader(path: path, environment: [:], flags: []).load()
    }
    return errors.errors.map(\.description)
}
