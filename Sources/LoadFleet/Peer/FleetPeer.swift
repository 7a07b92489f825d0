package import GatewayClient

/// A server that is not a gateway, for the same load. It takes an event's data as the body of a POST in the clear. The
/// path says whom the event is for. There are no tokens.
package struct FleetPeer: Sendable, Equatable {
    /// Where each user's stream is.
    package let streamPath: PathTemplate
    /// Where each user's events are published.
    package let publishPath: PathTemplate
    /// Where publishers connect to.
    let publishURL: GatewayURL

    /// Reads where things are.
    ///
    /// - Parameters:
    ///   - streamPath: for instance `/sse/%d`.
    ///   - publishURL: for instance `http://localhost:8080/publish/%d`.
    /// - Throws: `GatewayClientError` with code `invalidArgument`, whose message names what is wrong.
    package init(streamPath: String, publishURL: String) throws(GatewayClientError) {
        let scheme = publishURL.firstRange(of: "://")?.upperBound ?? publishURL.startIndex
        let path = publishURL[scheme...].firstIndex(of: "/") ?? publishURL.endIndex
        self.streamPath = try PathTemplate(streamPath)
        self.publishURL = try GatewayURL(String(publishURL[..<path]), scheme: .http)
        publishPath = try PathTemplate(path < publishURL.endIndex ? String(publishURL[path...]) : "/")
    }
}

/// The server that a fleet puts its load on.
package enum FleetServer: Sendable {
    /// A gateway, and the credentials for it.
    case gateway(Fleet.Tokens)
    /// Another server.
    case peer(FleetPeer)
}

/// The paths that a server has for its users: `/sse/%d` is `/sse/0`, `/sse/1`, …; without `%d` it is one path for all.
package struct PathTemplate: Sendable, Equatable {
    let beforeUser: String
    /// `nil` when the user's number is not in it.
    let afterUser: String?

    /// Reads a template.
    ///
    /// - Parameter text: a path with its slash, percent-encoded where it must be, perhaps with a query.
    /// - Throws: `GatewayClientError` with code `invalidArgument`, whose message says what is wrong.
    init(_ text: String) throws(GatewayClientError) {
        let parts = text.split(separator: "%d", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw Self.invalid(text, "it must begin with / and hold no space, fragment or letter beyond ASCII")
        }
        guard parts.count <= 2 else { throw Self.invalid(text, "%d stands for the user's number, and only once") }
        beforeUser = String(parts[0])
        afterUser = parts.count == 2 ? String(parts[1]) : nil
    }

    /// Whether each user has a path of its own.
    package var namesUser: Bool { afterUser != nil }

    /// The path of a user.
    ///
    /// - Parameter user: the user's number.
    func path(user: Int) -> String {
        afterUser.map { "\(beforeUser)\(user)\($0)" } ?? beforeUser
    }

    private static func invalid(_ text: String, _ reason: String) -> GatewayClientError {
        GatewayClientError(code: .invalidArgument, message: "the path \"\(text)\" cannot be used: \(reason)")
    }
}
