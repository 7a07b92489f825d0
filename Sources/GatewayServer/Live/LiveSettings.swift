// The part of the configuration that handshakes and requests need, as one immutable value. A reload makes another one.

internal import GatewayRules
internal import HTTP2Kit
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import NIOOpenSSL

/// All that connections read of the configuration. They read it anew for each request and handshake and keep none of
/// it, except for what is marked as being for new connections.
final class LiveSettings: Sendable {
    let configuration: GatewayConfiguration
    /// Used by the next handshake.
    let tls: TLSContext
    /// Used by the gateway's own next stream: of the same certificates, and not of what their files say today.
    let canary: CanaryTrust
    /// Used by the next request.
    let gateway: Gateway
    /// Used by the next request of a connection beyond `limits.connections`.
    let turningAway: TurningAway
    /// Tells one set of client authorities from the next; see ``GatewaySettings/authorities``.
    let authorities: UInt64
    /// Used by new connections.
    let times: ConnectionTimes
    let http2: HTTP2Limits
    /// Who may connect how often.
    let addresses: AddressLimits
    let adminHosts: AdminHosts

    init(
        _ configuration: GatewayConfiguration, files: LoadedFiles, gateway: Gateway, connections: Int,
        authorities: UInt64
    ) {
        self.configuration = configuration
        (tls, canary) = (files.tls, files.canary)
        self.gateway = gateway
        self.authorities = authorities
        turningAway = TurningAway(gateway: gateway, limit: connections)
        times = configuration.connectionTimes
        http2 = configuration.http2Limits
        addresses = configuration.callerLimits.addresses
        adminHosts = AdminHosts(configuration.admin.hosts)
    }
}

/// The rules of the public listener, as they are at the moment of each request.
struct LiveGateway: RequestJudge {
    let live: Live<LiveSettings>

    /// As the rules do.
    var namesRequests: Bool { true }

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        live.value.gateway.judge(request, from: &peer)
    }

    func judgeAgain(bodyBytes: Int, from peer: inout Peer) -> BodyPlan? {
        live.value.gateway.judgeAgain(bodyBytes: bodyBytes, from: &peer)
    }

    func fieldsBeforeRules(origins: [String]) -> HTTPFields { live.value.gateway.fieldsBeforeRules(origins: origins) }
}

/// The same for connections beyond `limits.connections`.
struct LiveTurningAway: RequestJudge {
    let live: Live<LiveSettings>

    /// As the rules do.
    var namesRequests: Bool { true }

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        live.value.turningAway.judge(request, from: &peer)
    }

    func fieldsBeforeRules(origins: [String]) -> HTTPFields {
        live.value.turningAway.fieldsBeforeRules(origins: origins)
    }
}
