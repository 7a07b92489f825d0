// What is counted and logged of connections that begin with anything but TLS.

internal import HTTPServing
internal import Logging
internal import PeerText
internal import Synchronization

/// Whom the entrances of all connections tell. One object: a connection holds a reference to it, and no copy of the
/// listener with its whole configuration, which is two kilobytes.
final class PlaintextReport: Sendable {
    private let metrics: ServerMetrics
    private let logger: Logger
    private let proxyHint = OneHint()
    private let addressHint = OneHint()

    init(metrics: ServerMetrics, logger: Logger) {
        self.metrics = metrics
        self.logger = logger
    }

    /// Somebody spoke no TLS.
    func met(_ first: FirstBytes) {
        guard first == .proxyHeader else { return metrics.refused("plain-http") }
        metrics.refused("proxy-protocol")
        proxyHint.give {
            logger.warning(
                "A proxy sends the PROXY protocol's header and is not in listen.proxy_protocol.from. Add its address there, or switch the header off (HAProxy: send-proxy)."
            )
        }
    }

    /// A proxy that has to send the PROXY protocol's header did not, or sent something else.
    func met(_ reading: ProxyHeaderReader.Reading, from proxy: ClientAddress?) {
        refuse(reading == .missing ? "proxy-header-missing" : "proxy-header-invalid", from: proxy)
    }

    /// An address is at its limit. It may be an attacker's, or one that all users come from: that is for the operator
    /// to say, who would see nothing else of the second.
    func metLimit(_ refusal: AddressRefusal, of address: ClientAddress?) {
        refuse(refusal.code, from: address)
        addressHint.give {
            logger.warning(
                "An address has as many connections as one may, and further ones are closed. If many users come from it, such as those of a balancer or a CDN, name it in limits.per_address.exempt, and see in the documentation how it can say whom it connects for (Proxies).",
                metadata: ["client": "\(address.map(\.description) ?? "unknown")", "code": "\(refusal.code)"])
        }
    }

    /// Counts and tells of a connection that is closed without a word.
    func refuse(_ code: String, from client: ClientAddress?) {
        var refusal = Refusal(code)
        refusal.client = client
        metrics.refused(refusal)
    }
}

// A hint to the operator that is worth one line, however often its cause comes.

/// Gives a hint once per process.
final class OneHint: Sendable {
    private let isGiven = Atomic(false)

    /// Calls `give` the first time.
    func give(_ give: () -> Void) {
        guard !isGiven.exchange(true, ordering: .relaxed) else { return }
        give()
    }
}
