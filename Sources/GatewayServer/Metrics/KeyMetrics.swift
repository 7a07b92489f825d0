// What is told of issuers' keys: counters and gauges by issuer, and a line in the log when something changes.

internal import EventLog
internal import KeySources
internal import Logging
internal import Synchronization
internal import TokenAuth

/// Counts fetches of keys, and writes a line when they begin to fail and when they go well again.
final class KeyMetrics: Sendable {
    private let registry: PrometheusRegistry
    private let logger: Logger
    private let reporters = Mutex<[String: ChangeReporter<FetchError.Code?>]>([:])

    init(registry: PrometheusRegistry, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    func report(_ report: KeyReport<KeySet>) {
        let issuer = report.issuer
        switch report.result {
        case .success(let keys):
            count("ok", issuer)
            gauge(issuer, "known").set(Int64(keys.usableCount))
            gauge(issuer, "skipped").set(Int64(keys.skipped.total))
            registry.gauge("sluice_key_fetch_last_success_timestamp_seconds", [("issuer", issuer)])
                .set(WallTime.systemClock().milliseconds / 1000)
            tell(issuer, nil, report.hasKeys)
        case .failure(let error):
            guard error.code != .cancelled else { return }
            count(error.code.rawValue, issuer)
            tell(issuer, error, report.hasKeys)
        }
    }

    private func count(_ result: String, _ issuer: String) {
        registry.counter("sluice_key_fetches_total", [("issuer", issuer), ("result", result)]).increment()
    }

    private func gauge(_ issuer: String, _ state: String) -> PrometheusGauge {
        registry.gauge("sluice_issuer_keys", [("issuer", issuer), ("state", state)])
    }

    private func tell(_ issuer: String, _ error: FetchError?, _ hasKeys: Bool) {
        let line = reporters.withLock { reporters in
            reporters[issuer, default: ChangeReporter(nil)].line(for: error?.code, at: .now)
        }
        guard let line else { return }
        var metadata: Logger.Metadata = ["issuer": "\(issuer)"]
        if line.passedOver > 0 { metadata["changes_not_told"] = "\(line.passedOver)" }
        guard let error else {
            return logger.notice("The keys of an issuer can be fetched again.", metadata: metadata)
        }
        metadata["reason"] = "\(error.code.rawValue)"
        metadata["cause"] = "\(error.message)"
        logger.warning(
            hasKeys
                ? "The keys of an issuer can't be fetched. Those from before serve on (auth.fetch.stale_limit)."
                : "The keys of an issuer can't be fetched, and there are none from before: its tokens get 503.",
            metadata: metadata)
    }
}
