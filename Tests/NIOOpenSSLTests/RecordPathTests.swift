// What a record that is written passes, so that it can be fetched before it is needed.

import DeliveryPath
import Testing

@testable import NIOOpenSSL

@Suite struct RecordPathTests {
    private static func path(behind handler: OpenSSLHandler) -> DeliveryPath {
        var path = DeliveryPath()
        handler.join(&path)
        return path
    }

    @Test func `a record passes the handler, the connection, and the key that it is written under`() throws {
        let wire = try Wire.open()
        #expect(Self.path(behind: wire.server.handler).count == 3)
    }

    @Test func `where OpenSSL writes the records itself, its memory is its own`() throws {
        let wire = try Wire.open()
        #expect(Self.path(behind: wire.client.handler).count == 2)
    }
}
