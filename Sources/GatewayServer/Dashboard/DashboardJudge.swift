// What the admin listener answers below `/dashboard`: the page's files, and the event stream that it lives by.

internal import DashboardPage
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import PeerText

/// The dashboard's rules. Who may ask at all has been decided.
struct DashboardJudge: Sendable {
    let dashboard: Dashboard

    /// - Parameter path: the request's, without its query.
    /// - Returns: nil when there is nothing here.
    func judge(_ request: HTTPRequest, at path: Substring.UTF8View, from peer: inout Peer) -> Verdict? {
        if path.isSame(as: "/dashboard/events") { return events(request, from: &peer) }
        return Self.files.first { path.isSame(as: $0.path) }.map { .answer($0.answer) }
    }

    private func events(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        guard Self.isOwnPage(request) else { return .answer(Self.refusal(.forbidden, Self.otherPage)) }
        guard dashboard.hasRoom else { return .answer(Self.full) }
        guard request.method == .get else { return .answer(Self.head) }
        peer.staysWhoeverComes()
        return .stream(DashboardStreamPlan(dashboard: dashboard))
    }

    /// A page of another origin could not read the stream, but take all its places. A browser sends `Origin` with such
    /// a request (Fetch standard, *HTTP-network-or-cache fetch*), and none with one to the page's own origin.
    private static func isOwnPage(_ request: HTTPRequest) -> Bool {
        guard let origin = request.headerFields[.origin] else { return true }
        let authority = request.authority ?? ""
        return origin.utf8.elementsEqual("http://\(authority)".utf8)
            || origin.utf8.elementsEqual("https://\(authority)".utf8)
    }

    static let full = refusal(
        .serviceUnavailable, "As many dashboards are open as may be (\(DashboardStreams.most)). Close one of them.\n")

    private static let otherPage = "Only the dashboard's own page may follow its events.\n"

    private static func refusal(_ status: HTTPResponse.Status, _ text: String) -> Answer {
        Answer(
            status, fields: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: Array(text.utf8))
    }

    /// What a request for the stream would get, for who only asks.
    private static let head = Answer(.ok, fields: DashboardStreamPlan.fields)

    // MARK: Files

    private struct File {
        let path: String
        let answer: Answer
    }

    private static let files = DashboardPage.files.map { file in
        var fields = policy
        fields[.contentType] = file.mediaType
        fields[.cacheControl] = "no-cache"
        return File(path: file.path, answer: Answer(.ok, fields: fields, file: ByteBuffer(bytes: file.bytes)))
    }

    /// The page is held to its own files and its own stream, and stands in no frame.
    private static let policy: HTTPFields = {
        var fields: HTTPFields = [
            .contentSecurityPolicy: [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src data:",
                "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            ].joined(separator: "; "),
            .xContentTypeOptions: "nosniff",
        ]
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin")] {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }()
}

/// An event stream of snapshots.
private struct DashboardStreamPlan: StreamPlan {
    let dashboard: Dashboard

    static let fields: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]

    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        guard dashboard.hasRoom else { throw StreamRefusal(DashboardJudge.full) }
        dashboard.add(body) { begin(Answer(.ok, fields: Self.fields)) }
    }
}
