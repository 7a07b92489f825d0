// One document by HTTPS: the system's trust or an authority of the operator's, the host's name verified, redirects only
// within the host, bounded in size and time. HTTP/1.1 over a connection of its own: a fetch is seldom.

internal import HostNames
package import NIOCore
internal import NIOHTTP1
package import NIOOpenSSL
internal import NIOPosix

/// What was fetched.
package struct FetchedDocument: Sendable, Equatable {
    /// The body.
    package let bytes: [UInt8]
    /// For how long it is fresh; nothing when the server does not say.
    package let maxAge: Duration?

    package init(bytes: [UInt8], maxAge: Duration?) {
        self.bytes = bytes
        self.maxAge = maxAge
    }
}

/// Fetches documents from hosts that one set of authorities vouches for.
package struct SecureFetch: Sendable {
    private let context: TLSContext
    private let group: any EventLoopGroup

    /// - Parameter trust: the authorities that the hosts' certificates have to come from.
    /// - Throws: `TLSError` when they can't be used.
    package init(trust: TLSTrustRoots) throws(TLSError) {
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = trust
        configuration.applicationProtocols = ["http/1.1"]
        context = try TLSContext(client: configuration)
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// When a fetch that begins now has to be done.
    package static var deadline: NIODeadline { .now() + TimeAmount(FetchRules.fetchTime) }

    /// Fetches a document.
    ///
    /// - Parameters:
    ///   - url: where it is.
    ///   - deadline: when it has to be here, redirects included.
    package func get(_ url: SecureURL, until deadline: NIODeadline) async throws(FetchError) -> FetchedDocument {
        var place = url
        for _ in 0...FetchRules.redirects {
            switch try await exchange(place, until: deadline) {
            case .document(let document): return document
            case .redirect(let location): place = try Self.follow(location, from: place)
            }
        }
        throw FetchError(.redirect, "\(url) redirects more than \(FetchRules.redirects) times: name the last URL")
    }

    private static func follow(_ location: String, from place: SecureURL) throws(FetchError) -> SecureURL {
        do throws(SecureURLError) {
            let next = try place.following(location)
            guard next.isSameOrigin(as: place) else { throw SecureURLError("it is on another host") }
            return next
        } catch {
            throw FetchError(.redirect, "\(place) redirects to a URL that is not followed: \(error.reason)")
        }
    }

    private func exchange(_ url: SecureURL, until deadline: NIODeadline) async throws(FetchError) -> FetchReply {
        let eventLoop = group.next()
        let promise = eventLoop.makePromise(of: FetchReply.self)
        // The name service knows no deadline, so this one is for all together.
        let timer = eventLoop.scheduleTask(deadline: deadline) { promise.fail(FetchError.timeout(url)) }
        let connecting = connect(to: url, on: eventLoop, promise)
        promise.futureResult.whenComplete { _ in
            timer.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(CancellationError())
            }
        } catch {
            throw FetchError(error, at: url)
        }
    }

    private func connect(
        to url: SecureURL, on eventLoop: any EventLoop, _ promise: EventLoopPromise<FetchReply>
    ) -> EventLoopFuture<any Channel> {
        let context = context
        let connecting = ClientBootstrap(group: eventLoop)
            .findingHosts(on: eventLoop)
            .connectTimeout(TimeAmount(FetchRules.fetchTime))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(OpenSSLHandler(clientContext: context, serverName: url.host))
                    try FetchHandler.addHTTP(to: pipeline)
                    try pipeline.addHandler(FetchHandler(url, promise))
                }
            }
            .connect(host: url.host, port: url.port)
        connecting.cascadeFailure(to: promise)
        return connecting
    }
}
