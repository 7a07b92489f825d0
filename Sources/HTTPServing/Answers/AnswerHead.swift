// The head of answers that are given again and again. To compare two heads field by field costs a tenth of a publish;
// to see that they are the same object costs nothing.

package import HTTPTypes

/// A status and fields that many answers share.
package final class AnswerHead: Sendable {
    let status: HTTPResponse.Status
    let fields: HTTPFields
    /// The reason for metrics when it is a refusal's.
    let refusal: String?

    package init(_ status: HTTPResponse.Status, _ fields: HTTPFields, refusal: String? = nil) {
        self.status = status
        self.fields = fields
        self.refusal = refusal
    }
}
