import SeededRandom
import Testing

@testable import NATSClient

@Suite struct OutboxTests {
    @Test func whatWaitsIsSentInItsOrder() {
        var outbox = Outbox<Int>(limit: 100)
        #expect(outbox.add(1, bytes: 10, isSent: false) == true)
        #expect(outbox.add(2, bytes: 10, isSent: false) == true)
        #expect(outbox.asks() == false)
        #expect(outbox.sendWaiting() == [1, 2])
        #expect(outbox.sendWaiting() == [])
        #expect(outbox.asks() == true)
        #expect(outbox.confirmed() == [1, 2])
        #expect(outbox.isEmpty && outbox.bytes == 0)
    }

    @Test func oneQuestionIsOpenAtATime() {
        var outbox = Outbox<Int>(limit: 100)
        _ = outbox.add(1, bytes: 1, isSent: true)
        #expect(outbox.asks() == true)
        _ = outbox.add(2, bytes: 1, isSent: true)
        #expect(outbox.asks() == false)
        #expect(outbox.confirmed() == [1])
        #expect(outbox.confirmed() == [])
        #expect(outbox.asks() == true)
        #expect(outbox.confirmed() == [2])
    }

    @Test func itIsBoundedInBytes() {
        var outbox = Outbox<Int>(limit: 100)
        #expect(outbox.add(1, bytes: 60, isSent: true) == true)
        #expect(outbox.add(2, bytes: 40, isSent: false) == true)
        #expect(outbox.add(3, bytes: 1, isSent: false) == false)
        #expect(outbox.bytes == 100)
        _ = outbox.asks()
        _ = outbox.confirmed()
        #expect(outbox.bytes == 40)
        #expect(outbox.add(4, bytes: 60, isSent: true) == true)
    }

    /// A message that the server takes can always be sent, whatever the limit.
    @Test func aloneEachFits() {
        var outbox = Outbox<Int>(limit: 100)
        #expect(outbox.add(1, bytes: 1000, isSent: true) == true)
        #expect(outbox.add(2, bytes: 1, isSent: true) == false)
    }

    @Test func whatWasSentIsUnknownWhenTheConnectionIsLost() {
        var outbox = Outbox<Int>(limit: 100)
        _ = outbox.add(1, bytes: 1, isSent: true)
        _ = outbox.asks()
        _ = outbox.add(2, bytes: 1, isSent: true)
        _ = outbox.add(3, bytes: 1, isSent: false)
        #expect(outbox.lost() == [1, 2])
        #expect(outbox.bytes == 1)
        #expect(outbox.sendWaiting() == [3])
        #expect(outbox.asks() == true)
        #expect(outbox.confirmed() == [3])
    }

    @Test func whatWaitsCanBeAbandoned() {
        var outbox = Outbox<Int>(limit: 100)
        _ = outbox.add(1, bytes: 1, isSent: false)
        #expect(outbox.abandonWaiting() == [1])
        #expect(outbox.isEmpty && outbox.bytes == 0)
    }

    /// Each that is taken comes back once: as arrived, unknown or abandoned.
    @Test func nothingIsForgotten() {
        var generator = SeededGenerator(test: "outbox")
        for _ in 0..<500 {
            var outbox = Outbox<Int>(limit: 50)
            var (taken, back, isConnected) = ([Int](), [Int](), false)
            for step in 0..<60 {
                switch Int.random(in: 0..<5, using: &generator) {
                case 0, 1:
                    let bytes = Int.random(in: 1...20, using: &generator)
                    if outbox.add(step, bytes: bytes, isSent: isConnected) { taken.append(step) }
                case 2: if isConnected { _ = outbox.asks() }
                case 3: if isConnected { back += outbox.confirmed() }
                default:
                    if isConnected { back += outbox.lost() } else { _ = outbox.sendWaiting() }
                    isConnected.toggle()
                }
            }
            back += outbox.lost() + outbox.abandonWaiting()
            if back.sorted() != taken || outbox.bytes != 0 {
                Issue.record("\(taken) came back as \(back) SLUICE_SEED=\(generator.seed)")
            }
        }
    }
}
