// The working memory that connections of one event loop share.

import NIOCore
import Testing

@testable import OpenSSLKit

@Suite struct RecordScratchTests {
    @Test func emptyItHoldsNothing() {
        let scratch = RecordScratch()
        #expect(scratch.ciphertextBytes == 0)
        #expect(scratch.takeCiphertext() == nil)
        #expect(scratch.reclaim())
    }

    @Test func alertsHaveTheirNames() {
        #expect("\(TLSAlert(code: 120))" == "no_application_protocol")
        #expect("\(TLSAlert(code: 0))" == "close_notify")
        #expect("\(TLSAlert(code: 200))" == "alert 200")
    }
}
