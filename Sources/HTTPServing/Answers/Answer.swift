// A whole response, body in memory: every answer but an event stream.

package import HTTPTypes
package import NIOCore

/// A response that is complete.
package struct Answer: Sendable, Equatable {
    package var status: HTTPResponse.Status
    package var fields: HTTPFields
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

    /// What `Content-Length` says (RFC 9110 §8.6): nothing with 204. With 304, nothing or the length that 200 would
    /// have.
    var declaredLength: Int? {
        guard status != .noContent, status != .notModified, body.readableBytes > 0 || !fields.contains(.contentType)
        else { return nil }
        return body.readableBytes
    }

    /// Adds fields, and keeps those that are there.
    package mutating func add(_ more: HTTPFields) {
        fields.append(contentsOf: more)
    }
}
