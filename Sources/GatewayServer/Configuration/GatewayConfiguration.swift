// What the operator asked for, checked: a value of this type can be acted on as it stands. It reads nothing; that is
// `ConfigurationLoader`'s. The keys, units and ranges stand once, in `Setting`'s table.

package import GatewayRules
internal import KeySources
package import Logging
internal import PeerText
package import TokenAuth

/// The gateway's configuration, with every value parsed and every default filled in.
///
/// Property names follow the keys: `limits.streams_per_user` is `limits.streamsPerUser`. Times are `Duration`s, sizes
/// are bytes, paths are as the operator wrote them (relative to the folder that the program was started in).
package struct GatewayConfiguration: Sendable, Equatable {
    /// The public HTTPS listener.
    package var listen = Listen()
    /// Certificates, and what is asked of the peer's TLS.
    package var tls: TLS
    /// How tokens are found and checked.
    package var auth: Auth
    /// What publishers must show beside their token.
    package var publish = Publish()
    /// Which web pages may read streams and publish.
    package var cors = CORS()
    /// How browsers stay signed in.
    package var session = Session()
    /// The plain HTTP listener for probes and metrics.
    package var admin = Admin()
    /// The gateway's own streams.
    var canary = Canary()
    /// What is remembered for `sluice explain`.
    var explain = Explain()
    /// What every event stream has in common.
    package var stream = Stream()
    /// What subscribers of a topic are told of each other.
    package var presence = Presence()
    /// The event log.
    package var log = Log()
    /// A limit for everything that a peer can make grow.
    package var limits = Limits()
    /// What one HTTP/2 connection may cost.
    package var http2 = HTTP2()
    /// How the gateway stops.
    package var shutdown = Shutdown()
    /// What the gateway says on standard error.
    package var logging = Logging()
    /// Whether requests are spans of traces.
    var tracing = Tracing()

    /// Where each setting was written, for what turns out to be wrong only when it is used.
    package var places = SettingPlaces()

    /// Settings that work but that the operator may not have meant, each a sentence with its remedy.
    package var warnings: [String] = []

    /// Settings that have changed and take a restart: they are here as they were.
    var awaitingRestart: [String] = []

    /// What was passed over, each a sentence.
    package var notices: [String] = []

    /// Creates a configuration with the default of every key that has one.
    ///
    /// - Parameters:
    ///   - tls: the certificates to serve with.
    ///   - auth: the keys to check tokens with.
    package init(tls: TLS, auth: Auth) {
        self.tls = tls
        self.auth = auth
    }
}

extension GatewayConfiguration {
    /// `listen.…`: the public HTTPS listener.
    package struct Listen: Sendable, Equatable {
        /// The IP address to bind.
        package var address = "0.0.0.0"
        /// The TCP port to bind; 0 lets the system choose one, which is then logged.
        package var port = 8443
        /// How many event loops serve connections; 0 is one per core.
        package var eventLoops = 0
        /// Whose connections begin with the PROXY protocol's header.
        var proxyProtocolFrom: [Network] = []
        /// Whose word about a request's client is taken.
        var forwardedFrom: [Network] = []
        /// Where these proxies say it.
        var forwardedField = ForwardedRule.Field.xForwardedFor

        package init() {}

        /// - Parameter cores: how many the machine has.
        func loops(cores: Int) -> Int { eventLoops == 0 ? cores : eventLoops }
    }

    /// `auth.…`: how tokens are found and checked.
    package struct Auth: Sendable, Equatable {
        /// The path of the JWKS file (RFC 7517 §5) that holds the token keys.
        package var keys: String?
        /// Identity providers, each with keys of its own.
        package var issuers: [Issuer] = []
        /// How often their keys are fetched, and how long they serve.
        var fetchRules = FetchRules()
        /// Which claims are the user and the grants, where an issuer does not say it.
        package var claims = ClaimNames()
        /// What roles and scopes grant.
        package var grants: [String: Grants] = [:]
        /// What a token grants that has no claim for grants.
        package var defaultGrants = Grants.none
        /// What a token's `iss` must be (RFC 7519 §4.1.1); nil checks nothing.
        package var issuer: String?
        /// What a token's `aud` must contain (RFC 7519 §4.1.3); with nil, a token that has an `aud` is refused.
        package var audience: String?
        /// How far the clocks of issuer and gateway may differ.
        var clockSkew: Duration = .seconds(30)
        /// Whether `?access_token=` is looked at (RFC 6750 §2.3 warns of it: URLs are logged).
        var queryToken = false
        /// How long a token may live: no longer than browsers keep a cookie (RFC 6265bis §5.5).
        var maximumLifetime: Duration = .seconds(400 * 24 * 3600)
        /// The longest token that is looked at, in bytes.
        var tokenBytes = 8 * 1024

        /// - Parameter keys: the path of the JWKS file, if there is one.
        package init(keys: String? = nil) {
            self.keys = keys
        }
    }

    /// `publish.…`: what publishers must show beside their token.
    package struct Publish: Sendable, Equatable {
        /// Whether a publisher's TLS client certificate is asked for.
        var clientCertificate = ClientCertificate.notAsked
        /// For how long an `Idempotency-Key` is known.
        var keyLifetime: Duration = .seconds(24 * 3600)

        package init() {}
    }

    /// Whether a publisher's TLS client certificate is asked for.
    enum ClientCertificate: String, Sendable, Equatable, CaseIterable {
        /// Nobody is asked for one.
        case notAsked = "none"
        /// Everybody is asked for one; one that is shown must be valid.
        case optional
        /// Who publishes must have shown a valid one; subscribers need none.
        case required
    }

    /// `cors.…`: which web pages may read streams and publish.
    package struct CORS: Sendable, Equatable {
        /// The origins that may, compared exactly; none refuses every page of another origin.
        package var origins: [Origin] = []

        package init() {}
    }

    /// `admin.…`: the plain HTTP listener for probes and metrics.
    package struct Admin: Sendable, Equatable {
        /// The IP address to bind.
        package var address = "127.0.0.1"
        /// The TCP port to bind; 0 lets the system choose one, which is then logged.
        package var port = 8444
        /// Names that it is asked by, beside `localhost` and IP addresses.
        package var hosts: [String] = []

        package init() {}
    }

    /// `canary.…`: the gateway's own streams, by which it knows that others' work.
    struct Canary: Sendable, Equatable {
        /// The time between two notes; 0 for no canaries.
        var interval: Duration = .seconds(2)
        /// After how long without a note something is wrong.
        var limit: Duration = .seconds(6)
    }

    /// `explain.…`: what is remembered for `sluice explain`.
    struct Explain: Sendable, Equatable {
        /// How many bytes: half of them for events, half for streams that have ended.
        var bytes = 4 << 20
    }

    /// `shutdown.…`: how the gateway stops.
    package struct Shutdown: Sendable, Equatable {
        /// For how long it goes on serving, unready, before it drains.
        var delay: Duration = .zero
        /// Over how long streams are ended, so that not all clients reconnect at once.
        package var drain: Duration = .seconds(5)

        package init() {}
    }

    /// `logging.…`: what the gateway says on standard error.
    package struct Logging: Sendable, Equatable {
        /// The least severe level that is written.
        package var level = Logger.Level.info
        /// How a line is written.
        package var format = LogFormat.text
        /// How many lines of one reason peers can cause in ten seconds.
        var lines = LineQuota().lines
        /// Whether each event that is published is a line.
        var audit = false

        package init() {}
    }

    /// `tracing.…`: requests as spans of traces.
    struct Tracing: Sendable, Equatable {
        /// Whether finished spans are lines.
        var spans = false
        /// Of 1000 requests that no caller's trace decides about, so many.
        var share = 1000
        /// How many lines of one span's name there are in ten seconds.
        var lines = 10_000
    }
}
