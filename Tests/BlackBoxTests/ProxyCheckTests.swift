// Promise: `sluice check --origin` is satisfied with a gateway behind nginx and HAProxy as `deploy` sets them up, and
// finds one that buffers.

import Testing

extension Outside {
    @Suite struct ProxyCheckTests {
        /// Cookies and CORS, as a browser has them: `sluice check` signs in, and opens its stream by the cookie.
        @Test(arguments: Proxy.Kind.allCases)
        func theCheckFindsNothingWrong(kind: Proxy.Kind) async throws {
            try await Proxy.behind(kind) { gateway, proxy in
                let check = try OriginChecking(Proxy.origin, at: proxy.url, gateway)
                #expect(try await check.ended() == 0, "\(check.lines)")
                #expect(check.lines.allSatisfy { $0.hasPrefix("✓") }, "\(check.lines)")
                for subject in ["HTTP/2", "session cookie", "buffering", "heartbeat", "clock"] {
                    #expect(check.lines.contains { $0.hasPrefix("✓ \(subject)") }, "\(subject): \(check.lines)")
                }
            }
        }

        @Test func theCheckFindsAnNginxThatBuffers() async throws {
            let buffers = ("proxy_buffering off;", "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;")
            try await Proxy.behind(.nginx, changes: [buffers]) { gateway, proxy in
                let check = try OriginChecking(Proxy.origin, at: proxy.url, gateway)
                #expect(try await check.ended() == 1)
                #expect(check.wrong.count == 1 && check.wrong[0].hasPrefix("✗ buffering: "), "\(check.lines)")
                #expect(check.wrong.first?.contains("proxy_buffering off") == true)
            }
        }
    }
}
