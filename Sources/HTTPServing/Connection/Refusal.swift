// What to say about a refused request, for an operator who asks why somebody did not get something. It is made only
// when that happens.

package import HTTPTypes
package import PeerText

/// A refused request, as an operator needs to know it, without its query, token, cookie and body.
///
/// The texts are the client's own. Make them safe before you write them down.
package struct Refusal: Sendable {
    /// A ``Problem``'s code, or a hub's refusal of a stream.
    package let code: String
    /// The answer's.
    package var status: Int?
    package var method: String?
    /// Without the query, which may hold a token.
    package var path: String?
    package var origin: String?
    /// The user of the token, if it was valid.
    package var user: String?
    package var client: ClientAddress?
    /// What it is called, if the listener's rules have seen it.
    package var requestID: RequestID?

    package init(_ code: String) { self.code = code }

    /// - Parameters:
    ///   - request: what was asked, if it could be read.
    ///   - user: who asked, if that is known.
    package init(
        _ code: String, status: HTTPResponse.Status, request: HTTPRequest?, user: String?, client: ClientAddress?,
        requestID: RequestID? = nil
    ) {
        self.code = code
        self.requestID = requestID
        self.status = status.code
        self.user = user
        self.client = client
        method = request?.method.rawValue
        path = request?.path.map { path in String(decoding: path.utf8.prefix { $0 != 0x3F }, as: UTF8.self) }
        origin = request?.headerFields[values: .origin].first
    }
}

/// Counts what the HTTP side refuses. Called on any event loop.
package protocol HTTPMetrics: Sendable {
    /// A request was refused, for this reason: a ``Problem``'s code, or a hub's refusal of a stream.
    func refused(_ reason: String)

    /// The same, with what there is to say about it.
    func refused(_ refusal: Refusal)
}

extension HTTPMetrics {
    package func refused(_ refusal: Refusal) { refused(refusal.code) }
}
