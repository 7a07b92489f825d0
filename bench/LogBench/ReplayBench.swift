import EventLog
import EventLogPromises
import Foundation
import NIOCore

/// What it costs to resume ten events behind, with few and with many events held.
struct ReplayBench {
    let folder: URL
    private static let missed = 10
    private static let reads = 2000

    func run() async throws {
        print("\nTo resume \(Self.missed) events behind, spread over all that is held: µs per read, median\n")
        print("| events held | memory | SQLite, from its file |")
        print("|---|---|---|")
        for held in [1_000, 10_000, 100_000, 1_000_000] {
            let memory = try await measure(.memory, held: held)
            // As good as no memory: the file is what is measured.
            let file = try await measure(.sqliteNormal, held: held)
            print("| \(held.formatted()) | \(Self.text(memory)) | \(Self.text(file)) |")
        }
    }

    private static func text(_ microseconds: Double) -> String { String(format: "%.1f", microseconds) }

    private func measure(_ engine: Engine, held: Int) async throws -> Double {
        let log = try engine.open(in: folder, cacheBytes: 1)
        let data = ByteBuffer(repeating: 0x61, count: 150)
        for start in stride(from: 0, to: held, by: 1000) {
            let events = (start..<start + 1000).map { number in
                let isMissed = number % (held / Self.missed) == 0
                return NewEvent(
                    audience: .user(isMissed ? "alice" : "user \(number % 5000)"), name: nil, data: data)
            }
            _ = try await log.append(EventBatch(events))
        }
        var times: [Double] = []
        for _ in 0..<Self.reads {
            let start = DispatchTime.now().uptimeNanoseconds
            let step = try await log.read(after: 0, for: Interest(user: "alice"))
            times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1000)
            precondition(step.events.count == Self.missed && step.reachedHead, "The log gave something else.")
        }
        await log.close()
        return times.sorted()[times.count / 2]
    }
}
