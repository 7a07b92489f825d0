import EventLog
import SeededRandom
import Testing

/// Names in the order in which they came, page by page.
@Suite struct ArrivalOrderTests {
    private static func pages(_ order: ArrivalOrder<Int>, limit: Int) -> [Int] {
        var (names, last): ([Int], UInt64) = ([], 0)
        while true {
            let page = order.page(after: last, limit: limit)
            names += page.map(\.name)
            guard let end = page.last?.number else { return names }
            last = end
        }
    }

    @Test func `each is on one page, in its order`() {
        var order = ArrivalOrder<Int>()
        for name in 0..<10 { #expect(order.append(name) == UInt64(name + 1)) }
        for limit in 1...11 { #expect(Self.pages(order, limit: limit) == Array(0..<10)) }
        #expect(order.page(after: .max, limit: 5).isEmpty && order.page(after: 0, limit: 0).isEmpty)
    }

    @Test func `one that is gone is on none, and its number is not given again`() {
        var order = ArrivalOrder<Int>()
        for name in 0..<4 { _ = order.append(name) }
        order.remove(1)
        order.remove(3)
        order.remove(3)
        order.remove(99)
        #expect(Self.pages(order, limit: 1) == [1, 3])
        #expect(order.count == 2 && order.first?.name == 1)
        #expect(order.append(4) == 5)
    }

    @Test func `one that stays is on exactly one page, whatever comes and goes meanwhile`() {
        var random = SeededGenerator(test: "one that stays is on exactly one page, whatever comes and goes meanwhile")
        for _ in 0..<50 {
            var (order, numbers): (ArrivalOrder<Int>, [Int: UInt64]) = (ArrivalOrder(), [:])
            for name in 0..<300 { numbers[name] = order.append(name) }
            let staying = Set((0..<300).filter { _ in Int.random(in: 0..<3, using: &random) == 0 })
            var (seen, last, next): ([Int], UInt64, Int) = ([], 0, 300)
            while let page = Optional(order.page(after: last, limit: 7)), let end = page.last?.number {
                seen += page.map(\.name)
                last = end
                for _ in 0..<Int.random(in: 0..<20, using: &random) where next < 400 {
                    numbers[next] = order.append(next)
                    next += 1
                    if let name = numbers.keys.filter({ !staying.contains($0) }).min(), let number = numbers[name] {
                        order.remove(number)
                        numbers[name] = nil
                    }
                }
            }
            #expect(seen == seen.sorted() && Set(seen).count == seen.count)
            #expect(staying.isSubset(of: Set(seen)))
            #expect(order.count == numbers.count)
            #expect(order.page(after: 0, limit: .max).map(\.name) == numbers.keys.sorted())
        }
    }
}
