// What the budget counts, and what it says of the memory that there is.

import Foundation
import Logging
import Testing

@testable import GatewayServer

@Suite struct MemoryBudgetTests {
    private static let gibi = 1 << 30

    private static func configuration(
        _ change: (inout GatewayConfiguration) -> Void = { _ in }
    ) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(tls: .init(identities: []), auth: .init(keys: "keys.json"))
        change(&configuration)
        return configuration
    }

    private static func budget(_ change: (inout GatewayConfiguration) -> Void = { _ in }) -> MemoryBudget {
        MemoryBudget(configuration(change), cores: 2)
    }

    /// `deploy/sluice.service` limits the memory to what the defaults can come to with strangers at the door.
    @Test func theUnitsMemoryIsEnoughForTheDefaults() throws {
        let unit = try String(
            contentsOf: packageFolder.appendingPathComponent("deploy/sluice.service"), encoding: .utf8)
        let limit = try #require(
            try unit.firstMatch(of: Regex(#"\nMemoryMax=(\d+)G\n"#, as: (Substring, Substring).self)))
        let memory = MachineMemory(bytes: try #require(Int(limit.output.1)) * Self.gibi, source: "the unit")
        let budget = Self.budget()
        #expect(budget.verdict(on: memory).outcome == .fine, "\(budget.verdict(on: memory))")
        #expect(budget.worstBytes > memory.bytes, "a limit that nothing reaches is none")
    }

    @Test func eachAccountIsInItOnce() {
        let usual = Self.budget()
        let changes: [(String, (inout GatewayConfiguration) -> Void)] = [
            ("limits.held", { $0.limits.held += 1000 }), ("stream.buffer_total", { $0.stream.bufferTotal += 1000 }),
            ("log.retention.bytes", { $0.log.retentionBytes += 1000 }),
            ("limits.publish_key_bytes", { $0.limits.publishKeyBytes += 1000 }),
        ]
        for (key, change) in changes {
            let changed = Self.budget(change)
            #expect(changed.accountBytes == usual.accountBytes + 1000, "\(key)")
            #expect(changed.accounts.first { $0.key == key } != usual.accounts.first { $0.key == key })
            #expect(changed.connectionBytes == usual.connectionBytes)
        }
    }

    /// It can be switched on at any time.
    @Test func theLinesThatAwaitTheirThreadAreAnAccount() {
        let line = Self.budget().accounts.first { $0.key == "logging.audit" }
        #expect(line?.bytes == LineThread.mostBytes)
    }

    @Test func whatConnectionsHoldGrowsWithTheirNumber() {
        let (usual, more) = (Self.budget(), Self.budget { $0.limits.connections *= 2 })
        #expect(more.accountBytes == usual.accountBytes)
        #expect(more.connectionBytes > usual.connectionBytes && more.kernel.bytes > usual.kernel.bytes)
        for change: (inout GatewayConfiguration) -> Void in [
            { $0.limits.requestHead *= 2 }, { $0.limits.writeBuffer *= 2 }, { $0.http2.streamQueue *= 2 },
            { $0.limits.streams *= 2 }, { $0.limits.turnedAway *= 2 }, { $0.limits.strangers *= 2 },
        ] {
            #expect(Self.budget(change).connectionBytes > usual.connectionBytes)
        }
    }

    @Test func aLogInAFileHoldsItsNewestEventsOnly() {
        let budget = Self.budget {
            $0.log.kind = .sqlite
            $0.log.retentionBytes = 64 * Self.gibi
        }
        #expect(budget.accountBytes < Self.gibi)
    }

    @Test func itFitsOrSaysWhatToLower() {
        let budget = Self.budget()
        let plenty = budget.verdict(on: MachineMemory(bytes: 64 * Self.gibi, source: "this machine"))
        #expect(plenty.outcome == .fine && plenty.detail.hasSuffix("this machine has 64 GiB"))
        let little = budget.verdict(on: MachineMemory(bytes: Self.gibi / 4, source: "this machine"))
        #expect(little.outcome == .doubtful && little.detail.contains("lower stream.buffer_total"))
        #expect(budget.verdict(on: nil).outcome == .fine)
    }

    /// Where strangers can't use up the memory there is nothing to warn of: users with good tokens can be known.
    @Test(arguments: [4, 8])
    func onUsualMachinesTheDefaultsAreInOrder(gibibytes: Int) throws {
        let memory = MachineMemory(bytes: gibibytes * Self.gibi, source: "this machine")
        let found = Self.budget().verdict(on: memory)
        #expect(found.outcome == .fine, "\(found.detail)")
        let said = try #require(
            try /limits.connections to (\d+) and limits.streams to (\d+)/.firstMatch(in: found.detail))
        let (connections, streams) = (try #require(Int(said.1)), try #require(Int(said.2)))
        #expect(connections > 1000 && streams > 1000, "\(found.detail)")
        let changed = Self.budget { ($0.limits.connections, $0.limits.streams) = (connections, streams) }
        #expect(changed.worstBytes <= memory.bytes)
    }

    @Test(arguments: [1, 2])
    func whereStrangersCouldUseUpTheMemoryItSaysWhatFits(gibibytes: Int) throws {
        let memory = MachineMemory(bytes: gibibytes * Self.gibi, source: "the cgroup's memory.max")
        let found = Self.budget().verdict(on: memory)
        #expect(found.outcome == .doubtful, "\(found.detail)")
        let said = try #require(
            try /limits.strangers to (\d+) and limits.turned_away to (\d+)/.firstMatch(in: found.detail))
        let (strangers, turnedAway) = (try #require(Int(said.1)), try #require(Int(said.2)))
        #expect(strangers > 1000 && turnedAway > 100, "\(found.detail)")
        let changed = Self.budget { ($0.limits.strangers, $0.limits.turnedAway) = (strangers, turnedAway) }
        #expect(changed.verdict(on: memory).outcome == .fine, "\(changed.verdict(on: memory).detail)")
    }

    @Test func strangersArePartOfTheWhole() {
        let usual = Self.budget()
        #expect(usual.strangers.bytes < usual.connectionBytes)
        #expect(Self.budget { $0.limits.strangers = 1_000_000 }.strangers.connections == 25_000)
        for change: (inout GatewayConfiguration) -> Void in [
            { $0.limits.requestHead *= 2 }, { $0.limits.writeBuffer *= 2 }, { $0.limits.turnedAway *= 2 },
            { $0.limits.strangers *= 2 },
        ] {
            #expect(Self.budget(change).strangers.bytes > usual.strangers.bytes)
        }
    }

    @Test func theTableHasALineForEach() {
        let budget = Self.budget()
        let findings = budget.findings(of: nil)
        #expect(findings.count == budget.accounts.count + budget.connections.count + 2)
        #expect(findings.contains { $0.subject == "memory limits.held" && $0.detail.hasPrefix("128 MiB for ") })
    }

    @Test func theLargestNumbersThatCanBeSetOverflowNothing() {
        let budget = Self.budget {
            $0.limits.connections = 10_000_000
            $0.limits.requestHead = 1 << 20
            $0.limits.writeBuffer = 64 << 20
            $0.limits.sendBuffer = 64 << 20
            $0.limits.held = 1 << 40
            $0.stream.bufferTotal = 1 << 40
        }
        #expect(budget.worstBytes > 1 << 40 && budget.kernel.bytes > 1 << 40)
    }

    @Test func theSmallestLimitHolds() {
        let machine = "MemTotal:       24684084 kB\nMemFree:        17433468 kB\n"
        let groups: [(text: String?, name: String)] = [("max\n", "a"), (nil, "b"), ("1073741824\n", "c")]
        #expect(MachineMemory.smallest(files: groups, machine: machine) == MachineMemory(bytes: Self.gibi, source: "c"))
        #expect(
            MachineMemory.smallest(files: [("9223372036854771712", "v1")], machine: machine)?.source == "this machine")
        #expect(MachineMemory.smallest(files: [("max", "a")], machine: nil) == nil)
        #expect(MachineMemory.current() != nil)
    }
}
