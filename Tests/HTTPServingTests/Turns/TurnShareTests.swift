import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import HTTPServing

/// The values behind a connection's turns.
@Suite struct TurnShareTests {
    @Test func `sixteen small requests use it up, and a turn gives it back`() {
        var share = TurnShare()
        for handled in 0..<16 {
            #expect(!share.isUsedUp && share.taken == handled)
            share.handled(bodyBytes: 200)
        }
        #expect(share.isUsedUp)
        share.begins()
        #expect(!share.isUsedUp && share.taken == 0)
    }

    @Test func `a body counts with what it has`() {
        var share = TurnShare()
        share.handled(bodyBytes: 1023)
        #expect(share.taken == 1)
        share.handled(bodyBytes: 4096)
        #expect(share.taken == 6)
        share.began()
        #expect(share.taken == 7 && !share.isUsedUp)
        share.handled(bodyBytes: 1 << 20)
        #expect(share.isUsedUp)
    }

    // MARK: What waits

    @Test func `what waits comes out in its order, in whatever pieces it is taken`() {
        var generator = SeededGenerator(seed: 18)
        for _ in 0..<50 {
            var (kept, sent, taken): (KeptInput, [UInt8], [UInt8]) = (KeptInput(), [], [])
            for step in 0..<100 {
                if Bool.random(using: &generator) {
                    let bytes = (0..<Int.random(in: 1...9, using: &generator)).map { _ in UInt8(step) }
                    sent += bytes
                    let isKept = kept.append(ByteBuffer(bytes: bytes))
                    #expect(isKept)
                } else if var first = kept.popFirst() {
                    let count = Int.random(in: 1...first.readableBytes, using: &generator)
                    taken += first.readBytes(length: count) ?? []
                    if first.readableBytes > 0 { kept.putBack(first) }
                }
            }
            while let rest = kept.popFirst() { taken += Array(buffer: rest) }
            #expect(taken == sent && kept.isEmpty && !kept.isCut)
        }
    }

    @Test func `what is beyond the limit is not kept, nor anything behind it`() {
        var kept = KeptInput()
        let piece = ByteBuffer(repeating: 0, count: 65_536)
        #expect((0...5).map { _ in kept.append(piece) } == [true, true, true, true, true, false])
        #expect(kept.isCut)
        while kept.popFirst() != nil {}
        let isKept = kept.append(piece)
        #expect(!isKept, "it would stand where something else stood")
    }

    // MARK: A loop's turns

    /// A loop whose turns the test calls.
    private final class Loop {
        let eventLoop = EmbeddedEventLoop()
        var called: [() -> Void] = []
        var taken: [String] = []
        lazy var turns = LoopTurns(on: eventLoop) { call in
            self.called.append(call)
            return true
        }

        /// One that goes on for so many turns.
        func later(_ name: String, units: Int, turns count: Int = 1) {
            turns.later {
                self.taken.append(name)
                if count > 1 { self.later(name, units: units, turns: count - 1) }
                return units
            }
        }

        /// What a turn of it takes.
        func turn() -> [String] {
            taken = []
            let called = called
            self.called = []
            for call in called { call() }
            return taken
        }
    }

    @Test func `a turn of the loop has room for so much, in the order of coming`() {
        let loop = Loop()
        for number in 0..<10 { loop.later("\(number)", units: 4) }
        #expect(loop.called.count == 1, "it is asked for once")
        #expect(loop.turn() == ["0", "1", "2", "3"])
        loop.later("late", units: 4)
        #expect(loop.turn() == ["4", "5", "6", "7"])
        #expect(loop.turn() == ["8", "9", "late"])
        #expect(loop.called.isEmpty, "no turn is asked for without work")
    }

    @Test func `who goes on stands behind the others, and who has gone costs nothing`() {
        let loop = Loop()
        loop.later("a", units: 16, turns: 2)
        loop.later("b", units: 16, turns: 2)
        for _ in 0..<1000 { loop.later("gone", units: 0) }
        loop.later("c", units: 16)
        #expect(loop.turn() == ["a"])
        #expect(loop.turn() == ["b"])
        #expect(loop.turn().count == 1001)
        #expect(loop.turn() == ["a"])
        #expect(loop.turn() == ["b"])
        #expect(loop.called.isEmpty)
    }

    @Test func `without a bell the loop's other tasks have their turn`() {
        let loop = EmbeddedEventLoop()
        let turns = LoopTurns(on: loop)
        var order: [String] = []
        turns.later {
            order.append("first")
            turns.later {
                order.append("second")
                return 16
            }
            loop.execute { order.append("task") }
            return 16
        }
        #expect(order.isEmpty, "never at once")
        loop.run()
        #expect(order == ["first", "task", "second"] || order == ["first", "second", "task"])
    }
}
