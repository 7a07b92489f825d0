// The head of answers that are given again and again. To compare two heads field by field costs a tenth of a publish;
// to see that they are the same object costs nothing.

package import HTTPTypes

/// A status and fields that many answers share.
package final class AnswerHead: Sendable {
    let status: HTTPResponse.Status
    let fields: HTTPFields

    package init(_ status: HTTPResponse.Status, _ fields: HTTPFields) {
        self.status = status
        self.fields = fields
    }
}
