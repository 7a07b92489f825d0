// A whole response, body in memory: every answer but an event stream.

package import HTTPTypes
package import NIOCore

/// A response that is complete: a head, which it may share with others, and a body.
package struct Answer: Sendable, Equatable {
    private(set) var head: AnswerHead
    package let body: ByteBuffer
    /// Whether the body is the same bytes for everyone, like a file's.
    private let isShared: Bool
    /// Whether the connection ends after it.
    package var isLast = false

    package init(
        _ status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = [], refusal: String? = nil
    ) {
        self.init(status, fields, body.isEmpty ? ByteBuffer() : ByteBuffer(bytes: body), refusal: refusal)
    }

    package init(_ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: ByteBuffer, refusal: String?) {
        self.init(AnswerHead(status, fields, refusal: refusal), body: body)
    }

    /// - Parameter file: a body that is the same for everyone, and is not copied.
    package init(_ status: HTTPResponse.Status, fields: HTTPFields, file: ByteBuffer) {
        self.init(AnswerHead(status, fields), body: file, isShared: true)
    }

    /// - Parameter head: its status and fields, which it shares with other answers.
    package init(_ head: AnswerHead, body: ByteBuffer) {
        self.init(head, body: body, isShared: false)
    }

    private init(_ head: AnswerHead, body: ByteBuffer, isShared: Bool) {
        (self.head, self.body, self.isShared) = (head, body, isShared)
    }

    package var status: HTTPResponse.Status {
        get { head.status }
        set { head = AnswerHead(newValue, head.fields, refusal: head.refusal) }
    }

    package var fields: HTTPFields {
        get { head.fields }
        set { head = AnswerHead(head.status, newValue, refusal: head.refusal) }
    }

    /// The reason for metrics when this is a refusal.
    package var refusal: String? { head.refusal }

    /// How many bytes of the body are for this answer alone. The bytes of a file are shared: a thousand waiting answers
    /// hold them once.
    var ownBytes: Int { isShared ? 0 : body.readableBytes }

    /// What `Content-Length` says (RFC 9110 §8.6): nothing with 204. With 304, nothing or the length that 200 would
    /// have.
    var declaredLength: Int? {
        guard status != .noContent, status != .notModified, body.readableBytes > 0 || !fields.contains(.contentType)
        else { return nil }
        return body.readableBytes
    }

    /// Where its head is from makes no difference to whoever gets it.
    package static func == (left: Answer, right: Answer) -> Bool {
        left.status == right.status && left.fields == right.fields && left.body == right.body
            && left.isShared == right.isShared && left.refusal == right.refusal && left.isLast == right.isLast
    }

    /// Adds fields, and keeps those that are there.
    package mutating func add(_ more: HTTPFields) {
        fields.append(contentsOf: more)
    }
}
