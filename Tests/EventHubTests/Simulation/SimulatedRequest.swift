import EventLog
import Synchronization

@testable import EventHub

/// One publish request, asked once or again and again under one key, and what became of it.
final class SimulatedRequest: Sendable {
    let events: [NewEvent]
    private let key: PublishKey
    private let state = Mutex(State())

    private struct State {
        /// How many streams there were for each event, each time that it was asked.
        var counts: [[Int]] = []
        var asked = 0
        var answers: [Result<[Receipt], EventLogError>] = []
    }

    init(_ events: [NewEvent], key: String) {
        self.events = events
        self.key = PublishKey(publisher: "backend", key: key, digest: [])
    }

    /// - Parameter counts: how many streams of the hub each event is for.
    func ask(_ hub: EventHub, counts: [Int]) {
        state.withLock { state in
            state.counts.append(counts)
            state.asked += 1
        }
        hub.publish(events, key: key) { result in self.state.withLock { $0.answers.append(result) } }
    }

    /// Whether each time that it was asked has been answered.
    var isAnswered: Bool { state.withLock { $0.asked == $0.answers.count } }

    /// Looks at the answers that have come. A 2xx means that the events are in the log, and each has the place that is
    /// named.
    func check(against history: StoreHistory, told: [LoggedEventID]) -> [String] {
        let (answers, counts) = state.withLock { state in
            defer {
                state.asked -= state.answers.count
                state.answers = []
            }
            return (state.answers, state.counts)
        }
        return answers.flatMap { answer -> [String] in
            guard let receipts = try? answer.get() else { return [] }
            return wrong(receipts, history, told, counts)
        }
    }

    private func wrong(
        _ receipts: [Receipt], _ history: StoreHistory, _ told: [LoggedEventID], _ counts: [[Int]]
    ) -> [String] {
        var wrong: [String] = []
        if !counts.contains(receipts.map(\.streams)) { wrong.append("\(receipts.map(\.streams)) is none of \(counts)") }
        if receipts.count != events.count { wrong.append("\(receipts.count) receipts for \(events.count) events") }
        for (receipt, event) in zip(receipts, events) where history.entry(receipt.id)?.event.data != event.data {
            wrong.append("\(receipt.id) is not the event that was published")
        }
        if zip(receipts, receipts.dropFirst()).contains(where: { $0.id.sequence >= $1.id.sequence }) {
            wrong.append("the ids do not rise: \(receipts)")
        }
        if let last = receipts.last?.id,
            !told.contains(where: { $0.epoch == last.epoch && last.sequence <= $0.sequence })
        {
            wrong.append("\(last) was answered before it was told")
        }
        return wrong
    }
}
