// What it costs to resume ten events behind, with few and with many events held.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NIOCore

struct ReplayBench {
    let node: Node
    private static let missed = 10
    private static let reads = 200
    private static let sizes = [1000, 100_000, 1_000_000]

    func run() async throws {
        print("\nTo resume \(Self.missed) events behind, spread over all that is held: µs per read, median\n")
        print("| events held | |")
        print("|---|---|")
        var held = 0
        for size in Self.sizes {
            try await fill(from: held, to: size)
            held = size
            print(
                "| \(size.formatted()) | \((try await median(held)).formatted(.number.precision(.fractionLength(1)))) |"
            )
        }
        await node.close()
    }

    /// Every event is another user's, but ten.
    private func fill(from first: Int, to last: Int) async throws {
        let spacing = last / Self.missed
        var number = first
        while number < last {
            let batch = (number..<min(number + 500, last)).map { number in
                let user = number % spacing == spacing / 2 ? "reader \(last)" : "user \(number % 5000)"
                return NewEvent(audience: .user(user), name: nil, data: ByteBuffer(repeating: 0x61, count: 150))
            }
            _ = try await node.log.append(EventBatch(batch))
            number += batch.count
        }
    }

    private func median(_ held: Int) async throws -> Double {
        var times: [Double] = []
        for _ in 0..<Self.reads {
            let start = ContinuousClock.now
            let step = try await node.log.read(after: 0, for: Interest(user: "reader \(held)"))
            times.append((ContinuousClock.now - start) / .microseconds(1))
            guard step.events.count <= Self.missed else { fatalError("\(step.events.count) events") }
        }
        return times.sorted()[times.count / 2]
    }
}
