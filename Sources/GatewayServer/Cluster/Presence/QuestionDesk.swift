// Collects the nodes' answers to what an administrator asked, for a while.

internal import Synchronization

/// The questions that are open.
final class QuestionDesk: Sendable {
    private struct Open {
        var missing: Set<String>
        var answers: [NodeAnswer] = []
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let questions = Mutex<[UInt64: Open]>([:])

    /// Begins to take answers.
    ///
    /// - Parameters:
    ///   - number: of the question.
    ///   - nodes: who has to answer.
    func open(_ number: UInt64, to nodes: Set<String>) {
        questions.withLock { $0[number] = Open(missing: nodes) }
    }

    /// Takes an answer, if somebody waits for it and has none from that node.
    func take(_ answer: NodeAnswer) {
        let waiting = questions.withLock { questions -> CheckedContinuation<Void, Never>? in
            guard questions[answer.number]?.missing.remove(answer.node) != nil else { return nil }
            questions[answer.number]?.answers.append(answer)
            guard questions[answer.number]?.missing.isEmpty == true else { return nil }
            defer { questions[answer.number]?.waiting = nil }
            return questions[answer.number]?.waiting
        }
        waiting?.resume()
    }

    /// Waits until all have answered, or the time is over, and closes the question.
    ///
    /// - Returns: the answers, and who did not answer.
    func answers(to number: UInt64, within limit: Duration) async -> (answers: [NodeAnswer], unanswered: [String]) {
        let timer = Task {
            try await Task.sleep(for: limit)
            wake(number)
        }
        await withCheckedContinuation { continuation in
            let isOver = questions.withLock { questions in
                guard questions[number]?.missing.isEmpty == false else { return true }
                questions[number]?.waiting = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
        timer.cancel()
        let question = close(number)
        return (question?.answers ?? [], question?.missing.sorted() ?? [])
    }

    private func wake(_ number: UInt64) {
        let waiting = questions.withLock { questions in
            defer { questions[number]?.waiting = nil }
            return questions[number]?.waiting
        }
        waiting?.resume()
    }

    /// Takes no more answers.
    @discardableResult
    private func close(_ number: UInt64) -> Open? { questions.withLock { $0.removeValue(forKey: number) } }

    /// The question has not been asked after all.
    func drop(_ number: UInt64) { close(number) }

    /// How many are open.
    var count: Int { questions.withLock { $0.count } }
}
