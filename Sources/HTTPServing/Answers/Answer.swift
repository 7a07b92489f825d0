// A whole response, body in memory: every answer but an event stream.

package import HTTPTypes
package import NIOCore

/// A response that is complete.
package struct Answer: Sendable, Equatable {
    package var status: HTTPResponse.Status { didSet { head = nil } }
    package var fields: HTTPFields { didSet { head = nil } }
    /// Where its status and fields are from, as long as they are nothing else.
    private(set) var head: AnswerHead?
    package let body: ByteBuffer
    /// How many bytes of the body are for this answer alone. The bytes of a file are shared: a thousand waiting answers
    /// hold them once.
    let ownBytes: Int
    /// The reason for metrics when this is a refusal.
    package var refusal: String?
    /// Whether the connection ends after it.
    package var isLast = false

    package init(
        _ status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = [], refusal: String? = nil
    ) {
        self.init(status, fields, body.isEmpty ? ByteBuffer() : ByteBuffer(bytes: body), refusal: refusal)
    }

    package init(_ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: ByteBuffer, refusal: String?) {
        self.status = status
        self.fields = fields
        self.body = body
        self.refusal = refusal
        ownBytes = body.readableBytes
    }

    /// - Parameter file: a body that is the same for everyone, and is not copied.
    package init(_ status: HTTPResponse.Status, fields: HTTPFields, file: ByteBuffer) {
        self.status = status
        self.fields = fields
        body = file
        ownBytes = 0
    }

    /// - Parameter head: its status and fields, which it shares with other answers.
    package init(_ head: AnswerHead, body: ByteBuffer) {
        (status, fields, self.head) = (head.status, head.fields, head)
        (self.body, ownBytes) = (body, body.readableBytes)
    }

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
            && left.ownBytes == right.ownBytes && left.refusal == right.refusal && left.isLast == right.isLast
    }

    /// Adds fields, and keeps those that are there.
    package mutating func add(_ more: HTTPFields) {
        fields.append(contentsOf: more)
    }
}
