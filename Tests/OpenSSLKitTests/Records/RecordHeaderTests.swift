import Testing

@testable import OpenSSLKit

@Suite struct RecordHeaderTests {
    private func header(_ bytes: [UInt8]) -> Result<RecordHeader, RecordViolation> {
        bytes.withUnsafeBytes { bytes in Result { () throws(RecordViolation) in try RecordHeader(bytes) } }
    }

    private func inner(_ bytes: [UInt8]) -> Result<InnerPlaintext, RecordViolation> {
        bytes.withUnsafeBytes { bytes in Result { () throws(RecordViolation) in try InnerPlaintext(bytes) } }
    }

    private func alert<Value>(_ result: Result<Value, RecordViolation>) -> String? {
        if case .failure(let violation) = result { violation.alert.description } else { nil }
    }

    @Test(arguments: [17, 18, 300, 16_384 + 256]) func `a header that is written is read again`(bodyBytes: Int) throws {
        var bytes = [UInt8](repeating: 0, count: RecordHeader.byteCount)
        bytes.withUnsafeMutableBytes { target in
            if let start = target.baseAddress { RecordHeader(bodyBytes: bodyBytes).write(to: start) }
        }
        #expect(Array(bytes[..<3]) == [23, 3, 3])
        #expect(try header(bytes).get().bodyBytes == bodyBytes)
    }

    @Test(arguments: [20, 21, 22, 24, 0, 255] as [UInt8])
    func `nothing but protected records comes after the handshake`(type: UInt8) {
        #expect(alert(header([type, 3, 3, 0, 30])) == "unexpected_message")
    }

    @Test func `the version does not matter`() throws {
        #expect(try header([23, 9, 9, 0, 30]).get().bodyBytes == 30)
    }

    @Test func `a record that is too long overflows`() {
        #expect(alert(header([23, 3, 3, 0x41, 0x01])) == "record_overflow")
        #expect(alert(header([23, 3, 3, 0xFF, 0xFF])) == "record_overflow")
    }

    @Test(arguments: [0, 1, 16] as [UInt8]) func `a record without room for a type and a tag is none`(bytes: UInt8) {
        #expect(alert(header([23, 3, 3, 0, bytes])) == "bad_record_mac")
    }

    private func wholeBytes(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { RecordHeader.wholeBytes(of: $0) } }

    @Test func `records are whole or waited for`() {
        let first: [UInt8] = [20, 3, 3, 0, 1, 1]
        let second: [UInt8] = [23, 3, 3, 0, 2, 8, 9]
        #expect(wholeBytes([]) == 0)
        for count in 0..<first.count { #expect(wholeBytes(Array(first.prefix(count))) == 0) }
        for count in 0..<second.count { #expect(wholeBytes(first + second.prefix(count)) == first.count) }
        #expect(wholeBytes(first + second) == first.count + second.count)
    }

    @Test(arguments: [[71], [22, 2], [22, 3, 1, 0x41, 0x01], [0x80, 0x2e]] as [[UInt8]])
    func `what begins like no record is not waited for`(bytes: [UInt8]) {
        #expect(wholeBytes(bytes) == bytes.count)
        #expect(wholeBytes([20, 3, 3, 0, 1, 1] + bytes) == 6 + bytes.count)
    }

    @Test func `padding is taken off`() throws {
        let plain = try inner([1, 2, 3, 23, 0, 0, 0]).get()
        #expect(plain.type == .applicationData)
        #expect(plain.contentBytes == 3)
    }

    @Test func `zeros before the type are content`() throws {
        #expect(try inner([0, 0, 23]).get().contentBytes == 2)
    }

    @Test func `application data may be empty, and nothing else`() throws {
        #expect(try inner([23, 0]).get().contentBytes == 0)
        #expect(alert(inner([21])) == "unexpected_message")
        #expect(alert(inner([22, 0, 0])) == "unexpected_message")
    }

    @Test func `a record of zeros has no type`() {
        #expect(alert(inner([0, 0, 0])) == "unexpected_message")
        #expect(alert(inner([])) == "unexpected_message")
    }

    @Test(arguments: [1, 20, 24, 255] as [UInt8]) func `an unknown type is refused`(type: UInt8) {
        #expect(alert(inner([7, type])) == "unexpected_message")
    }

    @Test func `content is at most as long as a record may hold`() throws {
        #expect(try inner([UInt8](repeating: 7, count: 16_384) + [23]).get().contentBytes == 16_384)
        #expect(alert(inner([UInt8](repeating: 7, count: 16_385) + [23])) == "record_overflow")
    }
}
