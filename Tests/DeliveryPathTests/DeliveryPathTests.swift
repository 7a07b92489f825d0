// What is fetched early: hints, that can't do harm.

import Testing

@testable import DeliveryPath

@Suite struct DeliveryPathTests {
    private final class Object {}

    @Test func `each object has a place of its own`() {
        let (first, second) = (Object(), Object())
        var path = DeliveryPath()
        #expect(path.count == 0)
        path.add(first)
        path.add(second)
        #expect(path.count == 2)
    }

    @Test func `objects beyond the last place are left out`() {
        let objects = (0..<20).map { _ in Object() }
        var path = DeliveryPath()
        for object in objects { path.add(object) }
        #expect(path.count == 8)
    }

    @Test func `a path keeps nothing alive, and may lead past what is gone`() {
        var path = DeliveryPath()
        weak var gone: Object?
        do {
            let object = Object()
            gone = object
            path.add(object)
        }
        #expect(gone == nil)
        path.prefetch(from: Object())
        DeliveryPath().prefetch(from: Object())
        #expect(path.count == 1)
    }
}
