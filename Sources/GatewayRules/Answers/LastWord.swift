// The last event of a stream that the gateway ends, and the only one of a stream that it does not open. It is in-band,
// because `EventSource` shows a page neither status nor fields, and stops for good at any status but 200 (HTML standard
// §9.2.3).

internal import EventHub
internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON
internal import TokenAuth

extension StreamEnd {
    /// The event that a stream ends with; nil when the client just reconnects.
    var lastWord: EventFrame? {
        switch self {
        case .tokenExpired:
            EventFrame(rejected: rawValue, detail: "The token has expired. Get a new one.", isRetryable: false)
        case .keyRemoved:
            EventFrame(
                rejected: rawValue, detail: "The token's key is not accepted any more. Get a new token.",
                isRetryable: false)
        case .tokenRevoked:
            EventFrame(
                rejected: rawValue, detail: TokenRefusal.revoked.detail, isRetryable: false)
        case .disconnected, .disconnectedForNow:
            EventFrame(
                rejected: StreamEnd.disconnected.rawValue, detail: "An administrator has ended this stream.",
                isRetryable: self == .disconnectedForNow)
        case .signedOut:
            EventFrame(rejected: rawValue, detail: "The user has signed out. Sign in again.", isRetryable: false)
        case .clientClosed, .bufferOverflow, .behindTooLong, .buffersFull, .draining, .cutOff, .sessionReplaced:
            nil
        }
    }
}

extension HubStreamPlan {
    /// The answer when the hub takes no further stream: 200 and a word in-band, so that `EventSource` comes again.
    func rejected(_ refusal: AdmissionRefusal, isRetryable: Bool) -> Answer {
        let word = EventFrame(rejected: refusal.code, detail: refusal.detail, isRetryable: isRetryable)
        return Answer(streamThatEndsWith: word, hub.retryMilliseconds, fields, refusal: refusal.code)
    }
}

extension Answer {
    /// 200, and an event stream of one event.
    ///
    /// - Parameter retryMilliseconds: what the client is told to wait before it comes again.
    init(streamThatEndsWith word: EventFrame, _ retryMilliseconds: UInt32, _ fields: HTTPFields, refusal: String) {
        var body = EventFrame.prelude(retryMilliseconds: retryMilliseconds).bytes
        body.writeImmutableBuffer(word.bytes)
        self.init(.ok, fields, body, refusal: refusal)
    }
}

extension EventFrame {
    /// `event: sluice.rejected`.
    ///
    /// - Parameter id: what the client's last id becomes; none leaves it where it goes on.
    init(rejected code: String, detail: String, isRetryable: Bool, id: EventID? = nil) {
        var json = JSONWriter()
        json.object { members in
            members.string("code", code)
            members.string("detail", detail)
            members.bool("retryable", isRetryable)
        }
        self.init(id: id, event: EventName(literal: "sluice.rejected"), data: ByteBuffer(bytes: json.bytes))
    }
}
