package import GatewayClient

/// A server that is not a gateway, to put the same load on: it takes an event's data as the body of a POST in the
/// clear, and tells by the path whom it is for. Nobody shows it a token.
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

/// What a fleet puts its load on.
package enum FleetServer: Sendable {
    /// A gateway, with the credentials that it asks for.
    case gateway(Fleet.Tokens)
    /// Another server.
    case peer(FleetPeer)
}
