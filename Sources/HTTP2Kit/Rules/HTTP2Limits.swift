// What one HTTP/2 connection may cost, in one place. Each limit has its unit and its reason. What a request may hold is
// not here, because it is the same for every version of HTTP.

package import NIOCore

/// The limits of an HTTP/2 connection.
package struct HTTP2Limits: Sendable, Equatable {
    /// Streams open at once on one connection (RFC 9113 §5.1.2). Browsers take all their tabs' streams over one.
    package var concurrentStreams = 100
    /// Bytes of a request's fields, counted as RFC 9113 §6.5.2 does: names, values, and 32 for each.
    package var headerListBytes = 16 * 1024
    /// Bytes of a body that a client may send before it is credited more (RFC 9113 §6.9.2): per stream and connection.
    var receiveWindow = 65_535
    /// Bytes that all bodies of a connection may hold together. Beyond that the connection gets no credit.
    package var heldBodyBytes = 4 * 1024 * 1024
    /// Bytes of answers that may wait for a connection's client. Beyond that no further body on it is answered.
    package var heldAnswerBytes = 256 * 1024
    /// Bytes of an event stream that may wait for its window. Beyond that the stream takes no more events.
    package var streamQueueBytes = 16 * 1024
    /// CONTINUATION frames behind one HEADERS (CVE-2024-28182).
    package var continuations = 8
    /// Acknowledgements of SETTINGS and PING that may wait to be sent (CVE-2019-9512, CVE-2019-9515).
    var waitingAcknowledgements = 100
    /// Frames other than DATA that may wait to be sent: a client that reads nothing could cause any number of them.
    package var waitingFrames = 1000
    /// Settings in one SETTINGS frame (CVE-2020-11080).
    var settingsPerFrame = 32
    /// Streams that a client may reset, or have reset by its mistakes, per ``rateWindow`` (CVE-2023-44487,
    /// CVE-2025-8671).
    package var resets = 200
    /// Responses under way that a client may close, per ``rateWindow``. A page that is reloaded again and again does
    /// this. Each has cost a look at its token, so they have a limit, too.
    package var cancellations = 1000
    /// Frames that cause work and carry nothing, per ``rateWindow``: SETTINGS, PING, PRIORITY, unknown types, empty
    /// DATA, fields behind a body (CVE-2019-9512, CVE-2019-9513, CVE-2019-9515, CVE-2019-9518).
    package var controlFrames = 500
    /// WINDOW_UPDATE frames per ``rateWindow``, in addition to those that are due for what the client was sent.
    package var windowUpdates = 1000
    /// The window of time in which the frames of a kind are counted.
    var rateWindow = TimeAmount.seconds(10)
    /// How long a connection with open streams may be silent before it is asked whether it is alive (RFC 9113 §6.7).
    package var keepAlive = TimeAmount.seconds(60)
    /// How long the answer to that PING may take.
    package var pongTimeout = TimeAmount.seconds(20)

    package init() {}
}
