// Promise: behind proxies as they come, and behind those that compress what they can, each event still comes when it is
// published, and not when there is enough to compress.

import Foundation
import Testing

extension Outside {
    @Suite struct ProxyMakeTests {
        @Test(arguments: PlainProxy.Kind.allCases)
        func eventsAreNotHeldBack(kind: PlainProxy.Kind) async throws {
            try await Gateway.run { gateway in
                let proxy = try await PlainProxy.start(kind, before: gateway)
                defer { proxy.end() }
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                // A browser offers compression, and takes what it gets.
                let stream = try await gateway.open(alice, at: proxy.url, "--compressed")
                for number in 1...4 {
                    let body = #"{"to":{"user":"alice"},"data":"\#(number)"}"#
                    #expect(try await gateway.publish(body, token: backend).status == 200)
                    let start = ContinuousClock.now
                    try await stream.events(number, within: .seconds(5))
                    #expect(ContinuousClock.now - start < .seconds(3), "event \(number) was held back by \(kind)")
                }
                #expect(stream.data == ["1", "2", "3", "4"])
                stream.close()
            }
        }
    }
}
