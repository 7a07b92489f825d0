// Why a session can't go on, as a value. nghttp2's numbers end here.

internal import CNGHTTP2

/// A failure of a whole HTTP/2 connection. Failures of one stream are told by ``HTTP2Event``.
package struct HTTP2Error: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String
        /// The first bytes are not HTTP/2's (RFC 9113 §3.4).
        static let badPreface = Code(description: "http2-preface")
        /// More frames that ask for work than any client needs.
        static let flood = Code(description: "http2-flood")
        /// The peer broke a rule of RFC 9113.
        static let protocolBroken = Code(description: "http2-protocol")
        /// Our own fault: nghttp2 has no memory, or we called it wrongly.
        package static let internalFailure = Code(description: "http2-internal")
    }

    package let code: Code
    /// What happened.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }

    /// The error code that the peer is sent.
    package var wireCode: WireErrorCode {
        switch code {
        case .flood: .enhanceYourCalm
        case .internalFailure: .internalError
        default: .protocolError
        }
    }
}

extension HTTP2Error {
    /// The failure that a number from nghttp2 stands for. Every number has one, so that none can trap.
    init(nghttp2 number: Int) {
        let message = String(cString: nghttp2_strerror(Int32(clamping: number)))
        self.init(Self.codes[number] ?? .internalFailure, message)
    }

    private static let codes: [Int: Code] = [
        Int(NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue): .badPreface,
        Int(NGHTTP2_ERR_FLOODED.rawValue): .flood,
        Int(NGHTTP2_ERR_TOO_MANY_SETTINGS.rawValue): .flood,
        Int(NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue): .flood,
        Int(NGHTTP2_ERR_PROTO.rawValue): .protocolBroken,
        Int(NGHTTP2_ERR_INVALID_FRAME.rawValue): .protocolBroken,
        Int(NGHTTP2_ERR_HEADER_COMP.rawValue): .protocolBroken,
        Int(NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue): .protocolBroken,
        Int(NGHTTP2_ERR_FLOW_CONTROL.rawValue): .protocolBroken,
        Int(NGHTTP2_ERR_HTTP_HEADER.rawValue): .protocolBroken,
        Int(NGHTTP2_ERR_HTTP_MESSAGING.rawValue): .protocolBroken,
    ]
}

// The error codes that end streams and connections (RFC 9113 §7).

/// Why a stream or a connection ends, as the peer reads it.
package struct WireErrorCode: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Nothing is wrong.
    package static let noError = WireErrorCode(rawValue: 0x0)
    /// The peer broke a rule that has no code of its own.
    package static let protocolError = WireErrorCode(rawValue: 0x1)
    /// The failure is ours.
    static let internalError = WireErrorCode(rawValue: 0x2)
    /// The peer sent more than it was credited, or credited more than there may be.
    package static let flowControlError = WireErrorCode(rawValue: 0x3)
    /// A frame came for a stream that was over.
    package static let streamClosed = WireErrorCode(rawValue: 0x5)
    /// A frame had a length that its kind can't have.
    package static let frameSizeError = WireErrorCode(rawValue: 0x6)
    /// The request was not processed, so the client may send it again.
    package static let refusedStream = WireErrorCode(rawValue: 0x7)
    /// The stream is not wanted any more.
    package static let cancel = WireErrorCode(rawValue: 0x8)
    /// The fields' compression is broken, and with it the connection.
    package static let compressionError = WireErrorCode(rawValue: 0x9)
    /// The peer causes more work than is right.
    package static let enhanceYourCalm = WireErrorCode(rawValue: 0xb)
}
