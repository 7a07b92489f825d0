import NIOCore
import Testing

@testable import EventHub

/// Who asks a log again that could not be read, and whose success counts.
@Suite struct ReadRetryTests {
    private static let (first, second, other) = (
        StreamID(number: 1), StreamID(number: 2), StreamID(number: 3)
    )

    @Test func onlyTheStreamThatWasSentToTryTellsThatTheLogIsThere() {
        var retry = ReadRetry()
        #expect(retry.failed(Self.first) == ReadRetry.shortest)
        #expect(retry.failed(Self.second) == nil)
        // Another is answered from memory meanwhile: that says nothing of the disk.
        #expect(!retry.isTrying(Self.other))
        let trying = retry.takeDue()
        #expect(trying == Self.first)
        #expect(retry.isTrying(Self.first))
        #expect(!retry.isTrying(Self.second) && !retry.isTrying(Self.other))
        #expect(retry.succeeded() == [Self.second])
        #expect(!retry.isTrying(Self.first))
    }

    @Test func `a stream that was sent to try and went elsewhere leaves it to another`() {
        var retry = ReadRetry()
        _ = retry.failed(Self.first)
        _ = retry.failed(Self.second)
        #expect(retry.left(Self.second) == nil, "it was not the one to try")
        #expect(retry.takeDue() == Self.first)
        #expect(retry.left(Self.first) == .milliseconds(200))
        #expect(retry.takeDue() == Self.second)
    }

    @Test func `a read that always fails keeps no other from its turn`() {
        var retry = ReadRetry()
        _ = retry.failed(Self.first)
        _ = retry.failed(Self.second)
        #expect(retry.takeDue() == Self.first)
        _ = retry.failed(Self.first)
        #expect(retry.takeDue() == Self.second)
        #expect(retry.succeeded() == [Self.first])
    }

    @Test func aTryThatFailsWaitsLongerEachTime() {
        var retry = ReadRetry()
        var delays: [TimeAmount] = []
        for _ in 0..<8 {
            if let delay = retry.failed(Self.first) { delays.append(delay) }
            _ = retry.takeDue()
        }
        #expect(delays == [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
        _ = retry.failed(Self.first)
        #expect(!retry.isTrying(Self.first))
    }
}
