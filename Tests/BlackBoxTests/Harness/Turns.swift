// Which tests of the real program run beside each other. Most of them wait for a browser, a timer or a proxy, so three
// at a time fill two processors; one that measures runs alone.

import Testing

/// Lets three tests run at a time, and none beside one that is ``Testing/Trait/alone``. The cases of one test run one
/// after the other.
struct Turns: SuiteTrait, TestTrait, TestScoping {
    private static let places = Places(count: 3)

    var isRecursive: Bool { true }

    /// A place for a test as a whole: its time limit holds for each of its cases, and begins when it has its place.
    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        test.isSuite || testCase != nil ? nil : self
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let turn = test.traits.compactMap { ($0 as? Mark)?.turn }.last ?? .beside
        await Self.places.take(turn)
        do {
            let serialized: ParallelizationTrait = .serialized
            try await serialized.provideScope(for: test, testCase: testCase, performing: function)
        } catch {
            await Self.places.give(turn)
            throw error
        }
        await Self.places.give(turn)
    }
}

/// When a test gets its place, in this order.
enum Turn: Int {
    /// With others, and before them.
    case early
    /// With others.
    case beside
    /// When all others are done, with nobody else.
    case alone
}

/// Says when a test, or each test of a suite, gets its place.
struct Mark: SuiteTrait, TestTrait {
    let turn: Turn

    var isRecursive: Bool { true }
}

extension Trait where Self == Mark {
    /// For a test that lasts long: the others have theirs meanwhile, instead of waiting for it at the end.
    static var early: Self { Mark(turn: .early) }

    /// For a test that measures latency, load or memory, and for one that fills the machine.
    static var alone: Self { Mark(turn: .alone) }
}

/// The places that tests take.
actor Places {
    private let count: Int
    private var free: Int
    private var waiting: [(turn: Turn, place: CheckedContinuation<Void, Never>)] = []

    init(count: Int) {
        self.count = count
        free = count
    }

    private func need(_ turn: Turn) -> Int { turn == .alone ? count : 1 }

    func take(_ turn: Turn) async {
        await withCheckedContinuation { place in
            waiting.append((turn, place))
            admit()
        }
    }

    func give(_ turn: Turn) {
        free += need(turn)
        admit()
    }

    /// In the order of their turns, and of their coming. Nobody passes one for whom the places do not suffice.
    private func admit() {
        while let first = waiting.indices.min(by: { waiting[$0].turn.rawValue < waiting[$1].turn.rawValue }),
            need(waiting[first].turn) <= free
        {
            let next = waiting.remove(at: first)
            free -= need(next.turn)
            next.place.resume()
        }
    }
}
