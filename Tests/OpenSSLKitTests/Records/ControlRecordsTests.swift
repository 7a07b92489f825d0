import NIOCore
import Testing

@testable import OpenSSLKit

@Suite struct ControlRecordsTests {
    private static let now = NIODeadline.uptimeNanoseconds(1)
    private var control = ControlRecords()

    private mutating func handshake(_ bytes: [UInt8]) throws(RecordViolation) -> ControlRecords.Action {
        try act { control, bytes throws(RecordViolation) in
            try control.handshakeCame(bytes, at: Self.now)
        }(&control, bytes)
    }

    private mutating func alert(_ bytes: [UInt8]) throws(RecordViolation) -> ControlRecords.Action {
        try act { control, bytes throws(RecordViolation) in
            try control.alertCame(bytes, at: Self.now)
        }(&control, bytes)
    }

    private typealias Step = (inout ControlRecords, UnsafeRawBufferPointer) throws(RecordViolation) ->
        ControlRecords.Action

    private func act(
        _ step: @escaping Step
    ) -> (inout ControlRecords, [UInt8]) throws(RecordViolation) -> ControlRecords.Action {
        { control, bytes throws(RecordViolation) in
            try bytes.withUnsafeBytes { bytes in
                Result { () throws(RecordViolation) in try step(&control, bytes) }
            }.get()
        }
    }

    // MARK: Alerts

    @Test mutating func `close_notify ends what the client sends`() throws {
        #expect(try alert([1, 0]) == .closedByPeer)
        #expect(try alert([2, 0]) == .closedByPeer)
    }

    @Test mutating func `user_canceled announces a close_notify and ends nothing`() throws {
        #expect(try alert([1, 90]) == .nothing)
    }

    @Test(arguments: [10, 20, 40, 51, 80, 255] as [UInt8])
    mutating func `any other alert is an error, whatever level it claims`(code: UInt8) throws {
        #expect(try alert([1, code]) == .alertReceived(TLSAlert(code: code)))
    }

    @Test(arguments: [[1], [1, 0, 1], [1, 0, 1, 0]] as [[UInt8]])
    mutating func `a record holds one alert, whole`(bytes: [UInt8]) {
        #expect(throws: RecordViolation.decode("an alert of \(bytes.count) bytes")) { try alert(bytes) }
    }

    // MARK: Key updates

    @Test mutating func `a key update changes the client's key, and ours if asked`() throws {
        #expect(try handshake([24, 0, 0, 1, 0]) == .updateKeys(answers: false))
        #expect(try handshake([24, 0, 0, 1, 1]) == .updateKeys(answers: true))
    }

    @Test mutating func `a key update may come in pieces`() throws {
        for byte in [24, 0, 0, 1] as [UInt8] { #expect(try handshake([byte]) == .nothing) }
        #expect(try handshake([1]) == .updateKeys(answers: true))
    }

    @Test mutating func `nothing comes between the pieces`() throws {
        _ = try handshake([24, 0])
        #expect(throws: RecordViolation.self) { try control.dataCame(contentBytes: 1, at: Self.now) }
        #expect(throws: RecordViolation.self) { try alert([1, 0]) }
    }

    @Test(arguments: [[1, 0, 0, 1, 0], [11], [0], [25, 0, 0, 1, 0]] as [[UInt8]])
    mutating func `another message is refused`(bytes: [UInt8]) {
        #expect(throws: RecordViolation.unexpected("a handshake message that is no key update")) {
            try handshake(bytes)
        }
    }

    @Test(arguments: [[24, 0, 0, 0], [24, 0, 0, 2, 0, 0], [24, 1], [24, 0, 0, 5, 0, 0, 0, 0, 0, 0]] as [[UInt8]])
    mutating func `a key update has one length`(bytes: [UInt8]) {
        #expect(throws: RecordViolation.decode("a key update of another length")) { try handshake(bytes) }
    }

    @Test(arguments: [[24, 0, 0, 1, 0, 0], [24, 0, 0, 1, 0, 24, 0, 0, 1, 0]] as [[UInt8]])
    mutating func `nothing stands behind a key update in its record`(bytes: [UInt8]) {
        #expect(throws: RecordViolation.unexpected("something behind a key update in its record")) {
            try handshake(bytes)
        }
    }

    @Test mutating func `a key update asks, or does not ask`() {
        #expect(throws: RecordViolation.illegal("a key update with request 2")) { try handshake([24, 0, 0, 1, 2]) }
    }

    // MARK: Floods

    @Test mutating func `so many records without data are one too many`() throws {
        for _ in 1...ControlBudget.records { _ = try handshake([24, 0, 0, 1, 0]) }
        #expect(throws: RecordViolation.unexpected("too many records without data")) {
            try handshake([24, 0, 0, 1, 0])
        }
    }

    @Test mutating func `empty records count, and a byte of data excuses none`() throws {
        for _ in 1...ControlBudget.records { try control.dataCame(contentBytes: 0, at: Self.now) }
        try control.dataCame(contentBytes: 1, at: Self.now)
        #expect(throws: RecordViolation.self) { try control.dataCame(contentBytes: 0, at: Self.now) }
    }
}
