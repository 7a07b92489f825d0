// What `sluice log stats` prints, for people and for programs; and what `verify` makes of a cluster's streams.

import EventLog
import JetStreamEventLog
import Testing

@testable import GatewayServer

@Suite struct LogReportTests {
    private static let report = LogReport(
        rows: [
            ("kind", .text("sqlite")), ("events", .number(3)), ("bytes", .bytes(1_572_864)), ("oldest", .none),
            ("newest", .time(WallTime(milliseconds: 1_000_000))),
        ],
        audiences: [
            LogReport.Share(audience: "user", events: 2, bytes: 600),
            LogReport.Share(audience: "topic", events: 1, bytes: nil),
        ])

    @Test func peopleGetALineForEachRow() {
        #expect(
            Self.report.text == """
                kind              sqlite
                events            3
                bytes             1572864 (1.5 MiB)
                oldest            -
                newest            1970-01-01T00:16:40Z
                events for user   2, 600 bytes
                events for topic  1

                """)
    }

    @Test func programsGetOneObject() {
        #expect(
            Self.report.json == #"{"kind":"sqlite","events":3,"bytes":1572864,"oldest":null,"#
                + #""newest":"1970-01-01T00:16:40Z","audiences":[{"audience":"user","events":2,"bytes":600},"#
                + #"{"audience":"topic","events":1}]}"# + "\n")
    }

    @Test(arguments: [
        (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (64 << 20, "64 MiB"),
        (3 << 30, "3 GiB"),
    ])
    func bytesHaveAUnit(_ bytes: Int, _ text: String) { #expect(ByteCount(bytes).description == text) }
}
