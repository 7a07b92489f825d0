// What an event passes behind a stream's outlet is known once the stream is open, so that it can be fetched early.

import DeliveryPath
import FrameClient
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import HTTPServing

/// Notes how many objects an event passes.
private struct PathPlan: StreamPlan {
    private struct Source: StreamSource {
        func becameWritable() {}
        func closed() {}
    }

    let count = NIOLockedValueBox(0)

    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        body.belongs(to: Source())
        begin(Answer(.ok, fields: [:]))
        let path =
            switch body {
            case .http1(let handler): handler.path
            case .http2(let outlet): outlet.path
            }
        count.withLockedValue { $0 = path.count }
    }
}

@Suite struct StreamPathTests {
    private let plan = PathPlan()
    private var judge: ScriptedJudge { ScriptedJudge { [plan] _ in .stream(plan) } }

    @Test func `over HTTP/1.1 an event passes the handler, and what is behind it`() async throws {
        let wire = try await Wire(judge)
        try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(plan.count.withLockedValue { $0 } == 2)
    }

    @Test func `over HTTP/2 it passes outlet, stream, handler and session, and what is behind them`() async throws {
        let wire = try await HTTP2Wire(judge)
        try await wire.send(.request(1, "/"))
        #expect(plan.count.withLockedValue { $0 } == 5)
    }
}
