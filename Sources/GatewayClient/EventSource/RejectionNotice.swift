internal import NIOCore

/// The data of a `sluice.rejected` event: why the gateway ends a stream, and whether to come back.
package struct RejectionNotice: Sendable, Equatable {
    package let sentence: String
    /// Coming back is the default: when the reason lasts, the next answer says so with its status.
    package let isRetryable: Bool

    /// Reads a notice; data that is not understood is a notice without a reason.
    ///
    /// - Parameter data: the event's data, `{"code":…,"detail":…,"retryable":…}`.
    package init(data: String) {
        let members = JSONFields(json: ByteBuffer(string: data).readableBytesView)
        let code = members?.string("code") ?? "no code"
        let detail = members?.string("detail") ?? "no reason given"
        sentence = "the gateway ended the stream (\(code)): \(detail)"
        isRetryable = members?.boolean("retryable") ?? true
    }
}
