// Durations and sizes as text, and what is made from the table: help, the article on settings, example file.

import Foundation
import Testing

@testable import GatewayServer

@Suite struct ConfigurationTextTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("15s", .seconds(15)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
        ("2d", .seconds(172_800)), ("0s", .zero), ("0ms", .zero), ("007s", .seconds(7)), ("3 s", .seconds(3)),
    ]) func durations(_ text: String, _ expected: Duration) throws {
        #expect(try DurationText.parse(text, in: .zero ... .seconds(1_000_000)) == expected)
    }

    @Test(arguments: [
        ("1500ms", "1500ms"), ("60s", "1m"), ("3600s", "1h"), ("24h", "1d"), ("90s", "90s"), ("0ms", "0s"),
    ])
    func durationsAreWrittenShort(_ text: String, _ short: String) throws {
        #expect(DurationText.format(try DurationText.parse(text, in: .zero ... .seconds(1_000_000))) == short)
    }

    @Test(arguments: ["", "s", "-1s", "1S", "1 m s", "1s ", "1h30m", "٣s", "1e3s"]) func noDuration(_ text: String) {
        #expect(throws: SettingValueError.self) { try DurationText.parse(text, in: .zero ... .seconds(1_000_000)) }
    }

    @Test(arguments: [
        ("0", 0), ("65536", 65536), ("12B", 12), ("64KiB", 65_536), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648),
        ("1 KiB", 1024),
    ]) func sizes(_ text: String, _ expected: Int) throws {
        #expect(try SizeText.parse(text, in: 0...Int.max) == expected)
    }

    @Test(arguments: [
        (0, "0"), (1, "1"), (1023, "1023"), (1024, "1KiB"), (1536, "1536"), (1 << 20, "1MiB"), (3 << 30, "3GiB"),
    ])
    func sizesAreWrittenShort(_ bytes: Int, _ short: String) {
        #expect(SizeText.format(bytes) == short)
    }

    @Test(arguments: ["", "KiB", "-1", "1K", "1kib", "1TiB", "1.5MiB", "١"]) func noSize(_ text: String) {
        #expect(throws: SettingValueError.self) { try SizeText.parse(text, in: 0...Int.max) }
    }

    @Test func keysAreUniqueAndLowerCase() {
        let keys = Settings.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(Set(Settings.all.map(\.flag)).count == keys.count)
        #expect(keys.allSatisfy { $0 == $0.lowercased() && $0.contains(".") })
        #expect(keys.allSatisfy { !Settings.sections.contains($0.split(separator: ".").map(String.init)) })
    }

    @Test func helpListsEveryFlagWithItsDefault() {
        for setting in Settings.all {
            #expect(Settings.help.contains("  \(setting.flag) \(setting.placeholder)\n"))
        }
        #expect(Settings.help.contains("  --listen-port PORT\n      TCP port of the public HTTPS listener; "))
        #expect(Settings.help.contains("(default: 8443)"))
        #expect(Settings.help.contains("(required)"))
        #expect(Settings.help.contains("  --tls-minimum-version 1.2|1.3\n"))
        #expect(Settings.help.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(Settings.wrapped("aa bb cc ddddddd e", width: 5) == ["aa bb", "cc", "ddddddd", "e"])
    }

    @Test func theTableHasARowPerKey() {
        let rows = Settings.markdownTable.split(separator: "\n")
        #expect(rows.count == Settings.all.count + 2)
        #expect(
            rows.contains(
                "| `limits.batch_events` | number: 1 … 1000000 | `1000` | at once | events of one NDJSON publish; more are refused |"
            ))
        #expect(Settings.all.allSatisfy { !$0.effect.contains("|") && !$0.effect.contains("\n") })
    }

    @Test func theArticlesTableIsThisOne() throws {
        let place = "Sources/GatewayServer/Documentation.docc/Settings.md"
        let article = try String(contentsOf: packageFolder.appendingPathComponent(place), encoding: .utf8)
        let begin = try #require(article.range(of: "<!-- settings:begin -->"), "\(place) has no settings:begin")
        let end = try #require(article.range(of: "<!-- settings:end -->"), "\(place) has no settings:end")
        let table = article[begin.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(
            table == Settings.markdownTable,
            "put the output of `sluice serve --print-configuration-table` between the markers in \(place)")
    }
}

/// `deploy/sluice.yaml` shows each key: those that have a default commented out, as `#port: 8443`.
@Suite struct ConfigurationExampleTests {
    static func example() throws -> String {
        try String(contentsOf: packageFolder.appendingPathComponent("deploy/sluice.yaml"), encoding: .utf8)
    }

    @Test func itLoadsAsItIs() throws {
        #expect(try complaints(try Self.example()) == [])
    }

    @Test func itHoldsEveryKeyWithItsDefault() throws {
        let lines = try Self.example().split(separator: "\n", omittingEmptySubsequences: false)
        let document = SettingsDocument(lines.map(Self.uncommented).joined(separator: "\n"), path: "sluice.yaml")
        #expect(document.errors == [])
        for setting in Settings.all {
            let written = try #require(document.values[setting.key], "deploy/sluice.yaml does not show \(setting.key)")
            guard let text = setting.defaultText else { continue }
            let items = text.filter { !"[]\" ".contains($0) }.split(separator: ",").map(String.init)
            #expect(written.texts == (setting.isList ? items : [text]), "\(setting.key) is not shown with its default")
        }
        #expect(document.values.count == Settings.all.count)
    }

    /// A setting that is commented out has no space behind its `#`, a remark has one.
    private static func uncommented(_ line: Substring) -> String {
        let indent = line.prefix { $0 == " " }
        let rest = line.dropFirst(indent.count)
        guard rest.first == "#", let second = rest.dropFirst().first, second != " ", second != "#" else {
            return String(line)
        }
        return String(indent + rest.dropFirst())
    }

    @Test func theDevelopersFileLoads() throws {
        let text = try String(contentsOf: packageFolder.appendingPathComponent("deploy/dev.yaml"), encoding: .utf8)
        #expect(try complaints(text) == [])
    }
}
