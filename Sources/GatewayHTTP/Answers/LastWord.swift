// What a stream is told before the gateway ends it, and what a client is told whose stream is not opened. In-band, because
// `EventSource` shows a page neither status nor fields, and gives up for good on any status but 200 (HTML standard §9.2.3).

internal import EventHub
internal import EventStream
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON

extension StreamEnd {
    /// The event that a stream ends with; nothing when its reconnect is all there is to say.
    var lastWord: EventFrame? {
        switch self {
        case .tokenExpired:
            EventFrame(rejected: rawValue, detail: "The token has expired. Get a new one.", isRetryable: false)
        case .clientClosed, .bufferOverflow, .behindTooLong, .buffersFull, .logUnavailable, .draining: nil
        }
    }
}

extension StreamPlan {
    /// The answer when the hub takes no further stream: 200 and a word in-band, so that `EventSource` comes again.
    func rejected(_ refusal: AdmissionRefusal) -> Answer {
        let prelude = EventFrame.prelude(retryMilliseconds: hub.retryMilliseconds).bytes
        let word = EventFrame(rejected: refusal.code, detail: refusal.detail, isRetryable: true).bytes
        return Answer(
            .ok, fields: fields, body: Array(prelude.readableBytesView) + Array(word.readableBytesView),
            refusal: refusal.code)
    }
}

extension EventFrame {
    /// `event: sluice.rejected`.
    init(rejected code: String, detail: String, isRetryable: Bool) {
        var json = JSONWriter()
        json.object { members in
            members.string("code", code)
            members.string("detail", detail)
            members.bool("retryable", isRetryable)
        }
        self.init(id: nil, event: EventName(literal: "sluice.rejected"), data: ByteBuffer(bytes: json.bytes))
    }
}
