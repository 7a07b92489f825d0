// Which pages may use the gateway (WHATWG Fetch §3.2). It comes before the credentials: a preflight has none, and a
// page can't read a refusal without these fields.

internal import HTTPServing
package import HTTPTypes

/// The allowlist of origins.
package struct CORSPolicy: Sendable {
    private let origins: Set<String>
    private let list: [Origin]
    private let noteNear: @Sendable (NearOrigin) -> Void

    /// - Parameters:
    ///   - origins: each exactly as a browser sends it in `Origin`.
    ///   - noteNear: called when a page is refused whose origin is nearly one of the list. It is called on any event
    ///     loop, for each such request.
    package init(origins: [Origin], noteNear: @escaping @Sendable (NearOrigin) -> Void = { _ in }) {
        self.origins = Set(origins.map(\.serialization))
        list = origins
        self.noteNear = noteNear
    }

    /// What an `Origin` field means here.
    package enum Ruling: Equatable {
        /// The request has no `Origin`, so it says of no page.
        case notCrossOrigin
        /// The page may read the answer, with these fields on it.
        case allowed(HTTPFields)
        /// The page gets nothing. When its origin is nearly an allowed one, the refusal names that one.
        case refused(NearOrigin?)
    }

    /// Judges a request by its `Origin`.
    package func rule(on request: HTTPRequest) -> Ruling { rule(onOrigins: request.headerFields[values: .origin]) }

    /// Judges by the values of a request's `Origin` fields.
    func rule(onOrigins values: [String]) -> Ruling {
        guard let origin = values.first else { return .notCrossOrigin }
        guard values.count == 1 else { return .refused(nil) }
        // Origins on the list are ASCII, and ASCII texts are equal when their bytes are.
        guard origin.utf8.allSatisfy({ $0 < 0x80 }), origins.contains(origin) else {
            let near = NearOrigin(origin, in: list)
            near.map(noteNear)
            return .refused(near)
        }
        return .allowed([
            .accessControlAllowOrigin: origin, .accessControlAllowCredentials: "true",
            .accessControlExposeHeaders: "WWW-Authenticate, Sluice-Stream, X-Request-Id",
        ])
    }

    /// Each answer varies by `Origin`, also an answer to a request without it: a cache must keep them apart.
    static let vary: HTTPFields = [.vary: "Origin"]

    /// The answer to a preflight (WHATWG Fetch §4.8).
    ///
    /// - Parameter methods: what the path takes.
    static func preflight(_ methods: [HTTPRequest.Method], _ fields: HTTPFields) -> Answer {
        var answer = Answer(.noContent, fields: fields)
        answer.add([
            .accessControlAllowMethods: methods.map(\.rawValue).joined(separator: ", "),
            .accessControlAllowHeaders: allowedFields,
            .accessControlMaxAge: "600",
        ])
        return answer
    }

    private static let allowedFields =
        "Authorization, Content-Type, Last-Event-ID, Idempotency-Key, Cache-Control, X-Request-Id, Traceparent"

    /// Whether a request asks for permission rather than for something.
    static func isPreflight(_ request: HTTPRequest) -> Bool {
        request.method == .options && request.headerFields.contains(.origin)
            && request.headerFields.contains(.accessControlRequestMethod)
    }
}
