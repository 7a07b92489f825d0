// What handshakes and requests need of the configuration, as one value. It is made whole and never changed: a reload
// makes another.

internal import GatewayHTTP
internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore
internal import NIOOpenSSL

/// All that connections ask the configuration for. They ask anew each time, and keep none of it beyond a request or a
/// handshake, except for what this says of new connections.
final class LiveSettings: Sendable {
    let configuration: GatewayConfiguration
    /// For the next handshake.
    let tls: TLSContext
    /// For the next request.
    let gateway: Gateway
    /// For the next request of a connection that is one too many.
    let turningAway: TurningAway
    /// Which authorities of client certificates are in force: see ``GatewaySettings/authorities``.
    let authorities: UInt64
    /// For new connections.
    let times: ConnectionTimes
    let http2: HTTP2Limits
    let adminHosts: AdminHosts

    init(
        _ configuration: GatewayConfiguration, tls: TLSContext, gateway: Gateway, connections: Int, authorities: UInt64
    ) {
        self.configuration = configuration
        self.tls = tls
        self.gateway = gateway
        self.authorities = authorities
        turningAway = TurningAway(gateway: gateway, limit: connections)
        times = configuration.connectionTimes
        http2 = configuration.http2Limits
        adminHosts = AdminHosts(configuration.admin.hosts)
    }
}

/// The public listener's rules of the moment.
struct LiveGateway: RequestJudge {
    let live: Live<LiveSettings>

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        live.value.gateway.judge(request, from: &peer)
    }

    func fieldsBeforeRules(origins: [String]) -> HTTPFields { live.value.gateway.fieldsBeforeRules(origins: origins) }
}

/// The same for connections that are too many.
struct LiveTurningAway: RequestJudge {
    let live: Live<LiveSettings>

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        live.value.turningAway.judge(request, from: &peer)
    }

    func fieldsBeforeRules(origins: [String]) -> HTTPFields {
        live.value.turningAway.fieldsBeforeRules(origins: origins)
    }
}
