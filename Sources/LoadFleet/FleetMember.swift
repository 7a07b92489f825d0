internal import NIOCore

/// Something that lives on an event loop, to be talked to from elsewhere.
struct FleetMember<Value>: Sendable {
    private let box: NIOLoopBoundBox<Value>
    private let loop: any EventLoop

    init(_ value: sending Value, on loop: any EventLoop) {
        box = NIOLoopBoundBox.makeBoxSendingValue(value, eventLoop: loop)
        self.loop = loop
    }

    /// Runs on the loop.
    func callAsFunction<Output: Sendable>(_ body: @escaping @Sendable (Value) -> Output) async throws -> Output {
        let box = box
        return try await loop.submit { body(box.value) }.get()
    }

    /// Runs on the loop what ends later.
    func finish(_ body: @escaping @Sendable (Value) -> EventLoopFuture<Void>) async throws {
        let box = box
        try await loop.flatSubmit { body(box.value) }.get()
    }
}
