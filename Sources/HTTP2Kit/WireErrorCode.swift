// The numbers that end streams and connections (RFC 9113 §7).

/// Why a stream or a connection ends, as the peer reads it.
package struct WireErrorCode: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Nothing is wrong.
    package static let noError = WireErrorCode(rawValue: 0x0)
    /// The peer broke a rule that has no number of its own.
    package static let protocolError = WireErrorCode(rawValue: 0x1)
    /// We can't go on.
    package static let internalError = WireErrorCode(rawValue: 0x2)
    /// The peer sent more than it was credited, or credited more than there may be.
    package static let flowControlError = WireErrorCode(rawValue: 0x3)
    /// A frame came for a stream that was over.
    package static let streamClosed = WireErrorCode(rawValue: 0x5)
    /// A frame had a length that its kind can't have.
    package static let frameSizeError = WireErrorCode(rawValue: 0x6)
    /// The stream was not begun; it may be tried again.
    package static let refusedStream = WireErrorCode(rawValue: 0x7)
    /// The stream is not wanted any more.
    package static let cancel = WireErrorCode(rawValue: 0x8)
    /// The fields' compression is broken, and with it the connection.
    package static let compressionError = WireErrorCode(rawValue: 0x9)
    /// The peer causes more work than is right.
    package static let enhanceYourCalm = WireErrorCode(rawValue: 0xb)
}
