// A whole response, body in memory: every answer but an event stream.

package import HTTPTypes

/// A response that is complete.
package struct Answer: Sendable, Equatable {
    package var status: HTTPResponse.Status
    package var fields: HTTPFields
    package var body: [UInt8]
    /// The reason for metrics when this is a refusal.
    package var refusal: String?
    /// Whether the connection ends behind it.
    package var isLast = false

    package init(
        _ status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = [], refusal: String? = nil
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.refusal = refusal
    }

    /// Adds fields; those that are there already stay.
    package mutating func add(_ more: HTTPFields) {
        fields.append(contentsOf: more)
    }
}
