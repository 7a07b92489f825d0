import EventLog
import EventLogPromises
import Foundation
import Glibc
import NIOCore

/// How many events a second are safe, with eight publishers that each wait for their answer.
struct AppendBench {
    let folder: URL
    private static let publishers = 8
    private static let duration = Duration.seconds(3)

    func run() async throws {
        print("\n\(Self.publishers) publishers, each waiting for its answer: events/s\n")
        print("| | one event each | batches of 100 |")
        print("|---|---|---|")
        for engine in Engine.allCases {
            let one = try await measure(engine, batch: 1)
            let many = try await measure(engine, batch: 100)
            print("| \(engine.name) | \(Int(one).formatted()) | \(Int(many).formatted()) |")
        }
        print("| the disk alone: syncs/s, one after the other | \(Int(try diskSyncs()).formatted()) | |")
    }

    private func measure(_ engine: Engine, batch: Int) async throws -> Double {
        let log = try engine.open(in: folder)
        let start = ContinuousClock.now
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for publisher in 0..<Self.publishers {
                group.addTask { try await Self.publish(to: log, publisher, batch: batch, until: start + Self.duration) }
            }
            return try await group.reduce(0, +)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        await log.close()
        return Double(count) / seconds
    }

    private static func publish(
        to log: any EventLog, _ publisher: Int, batch: Int, until end: ContinuousClock.Instant
    ) async throws -> Int {
        let data = ByteBuffer(repeating: 0x61, count: 150)
        var count = 0
        while ContinuousClock.now < end {
            let events = (0..<batch).map { _ in
                count += 1
                return NewEvent(audience: .user("user \((publisher + count) % 2000)"), name: nil, data: data)
            }
            _ = try await log.append(EventBatch(events))
        }
        return count
    }

    /// What one publisher with a sync of its own could reach: a page written and synced, over and over.
    private func diskSyncs() throws -> Double {
        let path = folder.appending(path: "syncs").path
        let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 0x61, count: 4096)
        let start = ContinuousClock.now
        var count = 0
        while ContinuousClock.now - start < .seconds(2) {
            pwrite(descriptor, page, page.count, off_t(count % 1000 * page.count))
            fdatasync(descriptor)
            count += 1
        }
        return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
