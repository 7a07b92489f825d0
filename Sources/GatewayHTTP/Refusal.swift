// What there is to say about a request that was refused, for who asks why somebody did not get something. Made when that happens only.

package import HTTPTypes
package import NIOCore

/// A refused request, as an operator has to know it: never its query, a token, a cookie, or its body.
///
/// Texts are the client's own: whoever writes them down has to make them safe.
package struct Refusal: Sendable {
    /// A ``Problem``'s code, or a hub's refusal of a stream.
    package let code: String
    /// The answer's.
    package var status: Int?
    package var method: String?
    /// Without the query, which may hold a token.
    package var path: String?
    package var origin: String?
    /// Whose token it was, when that was good.
    package var user: String?
    package var client: SocketAddress?

    package init(_ code: String) { self.code = code }

    /// - Parameters:
    ///   - request: what was asked, if it could be read.
    ///   - user: who asked, if that is known.
    package init(
        _ code: String, status: HTTPResponse.Status, request: HTTPRequest?, user: String?, client: SocketAddress?
    ) {
        self.code = code
        self.status = status.code
        self.user = user
        self.client = client
        method = request?.method.rawValue
        path = request?.path.map { path in String(decoding: path.utf8.prefix { $0 != 0x3F }, as: UTF8.self) }
        origin = request?.headerFields[values: .origin].first
    }
}
