// Promise: certificates, keys and settings change while streams stay open; what is broken keeps what was good, and says
// why.

import Foundation
import Testing

extension Outside {
    @Suite(.alone) struct ReloadTests {
        /// `SLUICE_RELOADS` makes it the long form, with as many streams, in a minute: `make reloads`.
        @Test func oneReloadAfterAnotherDisturbsNobody() async throws {
            let long = ProcessInfo.processInfo.environment["SLUICE_RELOADS"].flatMap(Int.init)
            let (count, streams, seconds) = (long ?? 100, long == nil ? 40 : 1000, long == nil ? 6 : 60)
            let files = try await ChangingFiles(try await .shared(), pairs: 4)
            try await Gateway.run(files.settings) { gateway in
                let lines = try await gateway.client(
                    "reloads.py", "--admin-port", "\(gateway.adminPort)", "--process", "\(gateway.child.process)",
                    "--config", gateway.workspace.path("sluice.yaml"), "--keys", files.keys, "--certificate",
                    files.certificate, "--count", "\(count)", "--seconds", "\(seconds)", "--streams", "\(streams)",
                    "--pairs", files.pairs[0], files.pairs[1], files.pairs[2], files.pairs[3])
                let last = try #require(lines.last)
                #expect(last.text(of: "wrong") == "{}", "\(last)")
                #expect(last.number("sent") == last.number("received"), "\(last)")
                #expect(try #require(last.number("grown")) < Gateway.residentSlack, "\(last)")
                if long != nil { print("reloads: \(last)") }
                try expectReasons(in: gateway.child.errors, count: count)
            }
        }

        /// Each broken one has one line that says what is wrong, and where.
        private func expectReasons(in log: String, count: Int) throws {
            let lines = log.split(separator: "\n").filter { $0.contains("could not be reloaded") }
            #expect(lines.count == count / 10)
            for line in lines {
                let reasons = ["tls.certificate, tls.key", "auth.keys", "cors.origins", "limits.event"]
                #expect(reasons.contains(where: line.contains), "\(line)")
            }
        }

        @Test func aKeyThatIsTakenOutEndsWhatItLetIn() async throws {
            let files = try await ChangingFiles(try await .shared(), pairs: 1)
            try await Gateway.run(files.settings) { gateway in
                let lines = try await gateway.client(
                    "rotation.py", "--admin-port", "\(gateway.adminPort)", "--process", "\(gateway.child.process)",
                    "--keys", files.keys)
                let said = "\(try #require(lines.last))"
                #expect(lines.last?.number("after") == 401 && lines.last?.number("other") == 200, "\(said)")
                #expect(try #require(lines.last?.number("seconds")) < 1, "\(said)")
                #expect(lines.last?.text("last_word")?.hasPrefix("sluice.rejected") == true, "\(said)")
                #expect(lines.last?.text("last_word")?.contains("token-key-unknown") == true, "\(said)")
                #expect(lines.last?.flag("stays") == true && lines.last?.number("got") == 3, "\(said)")
            }
        }
    }
}
