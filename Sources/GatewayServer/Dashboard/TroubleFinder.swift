// What is wrong, from the probes and the metrics: rules as a value, so that the page only shows it.

internal import EventLog
internal import NIOCore

/// Finds what an operator should look at.
struct TroubleFinder: Sendable {
    /// What the probes say.
    struct Probes: Sendable {
        /// Why to restart the process.
        var deadly: [String] = []
        /// Why to send no traffic here.
        var faults: [String] = []
        /// What was wrong at the last reload.
        var refusedReload: [String] = []
    }

    let rates: SnapshotRates
    let probes: Probes

    /// All that is wrong, each once.
    var troubles: [Trouble] {
        var troubles = ofProbes + ofReaders + ofLatency + ofCertificates + ofMachine
        var seen: Set<String> = []
        troubles.removeAll { !seen.insert($0.key).inserted }
        return troubles
    }

    // MARK: Probes

    private var ofProbes: [Trouble] {
        (probes.deadly + probes.faults).map { fault in
            let subject = Subject.all.first { fault.contains($0.sign) }
            let isOfLog = fault.utf8.starts(with: "log-".utf8)
            let words = isOfLog ? "Nobody can publish: the event log takes no events (\(fault))" : Self.sentence(fault)
            return Trouble(
                key: "probe-\(subject?.key ?? fault)", weight: subject?.weight ?? .broken, words: words,
                section: subject?.section)
        }
    }

    /// What a probe's word is about.
    private struct Subject {
        let sign: String
        let key: String
        var weight = Trouble.Weight.broken
        var section: String?

        static let all = [
            Subject(sign: "canary", key: "canary", section: "sluicedeliversnothing"),
            Subject(sign: "has not turned", key: "loop", section: "sluiceloopstands"),
            Subject(sign: "listener", key: "listener", section: "sluicedown"),
            Subject(sign: "log-", key: "log", section: "sluicelogrefuses"),
            Subject(sign: "NATS", key: "nats", section: "sluicelogcutoff"),
            Subject(sign: "lags behind", key: "overtaken", section: "sluicenodeovertaken"),
            Subject(sign: "durability", key: "durability", section: "sluicelognotdurable"),
            Subject(sign: "starting", key: "phase", weight: .odd),
            Subject(sign: "stopping soon", key: "phase", weight: .odd),
            Subject(sign: "draining", key: "phase", weight: .odd),
        ]
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    // MARK: Readers

    private var ofReaders: [Trouble] {
        var troubles: [Trouble] = []
        let streams = value("sluice_streams") ?? 0
        if let delayed = value("sluice_streams_delayed"), delayed > 0 {
            troubles.append(
                Trouble(
                    key: "delayed", weight: .broken,
                    words:
                        "\(Self.count(delayed, "stream is", "streams are")) told that this gateway is cut off from its event log",
                    section: "sluicelogcutoff"))
        }
        if let behind = value("sluice_streams_behind"), behind >= 10, behind * 20 >= streams {
            troubles.append(
                Trouble(
                    key: "behind", weight: .odd,
                    words: "\(Self.count(behind, "stream is", "streams are")) behind, reading the log",
                    section: "sluicereadersstall"))
        }
        if let gaps = rate("sluice_gaps_total"), gaps > 0 {
            troubles.append(Trouble(key: "gaps", weight: .odd, words: "Streams are told that they miss events"))
        }
        return troubles
    }

    private var ofLatency: [Trouble] {
        let bounds: [(metric: String, words: String, seconds: Double, section: String)] = [
            ("sluice_delivery_seconds", "Events reach their sockets late", 1, "sluicedeliverslate"),
            ("sluice_publish_seconds", "Publishers wait long", 1, "sluicepublisheslate"),
            ("sluice_loop_lag_seconds", "An event loop turns slowly", 0.25, "sluicelooplags"),
        ]
        return bounds.compactMap { bound in
            guard let p99 = rates.figure(.quantile(0.99), of: MetricSelection(bound.metric)), p99 >= bound.seconds
            else { return nil }
            return Trouble(
                key: bound.metric, weight: .odd, words: "\(bound.words): p99 is \(Self.tenths(p99)) s",
                section: bound.section)
        }
    }

    // MARK: Machine

    private var ofCertificates: [Trouble] {
        let ends = rates.now.values(
            of: MetricSelection("sluice_tls_certificate_not_after_seconds"), by: "certificate")
        return ends.sorted { $0.key < $1.key }.compactMap { name, end in
            let days = (end - Double(rates.now.time.milliseconds) / 1000) / 86_400
            let file = name.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? name
            if days < 0 {
                return Trouble(
                    key: "certificate-\(name)", weight: .broken, words: "The certificate \(file) has expired",
                    section: "sluicecertificateended")
            }
            guard days < Double(ValidityCheck.renewalDays) else { return nil }
            return Trouble(
                key: "certificate-\(name)", weight: .odd,
                words: "The certificate \(file) ends in \(Self.count(days.rounded(.down), "day", "days"))",
                section: "sluicecertificateends")
        }
    }

    private var ofMachine: [Trouble] {
        var troubles = ofClock
        if let pauses = rate("sluice_accept_pauses_total"), pauses > 0 {
            troubles.append(
                Trouble(
                    key: "accept", weight: .broken,
                    words: "New connections wait: the system has no descriptor or memory left for them",
                    section: "sluicedescriptorsshort"))
        }
        if let open = value("process_open_fds"), let limit = value("process_max_fds"), open > limit * 0.9 {
            troubles.append(
                Trouble(
                    key: "descriptors", weight: .odd, words: "Nine of ten file descriptors are in use",
                    section: "sluicedescriptorsshort"))
        }
        if let first = probes.refusedReload.first {
            troubles.append(
                Trouble(
                    key: "reload", weight: .odd, words: "The last reload was refused: \(first)",
                    section: "sluicereloadfailed"))
        }
        return troubles
    }

    /// The calendar's clock beside the one that nobody sets. A machine that slept looks the same.
    private var ofClock: [Trouble] {
        guard let before = rates.before else { return [] }
        let steady = (rates.now.at - before.at).nanoseconds / 1_000_000
        let jump = (rates.now.time.milliseconds - before.time.milliseconds - steady) / 1000
        guard abs(jump) >= Self.clockJump else { return [] }
        return [
            Trouble(
                key: "clock", weight: .odd,
                words: "The machine's clock has jumped \(jump < 0 ? "back" : "forward") by \(abs(jump)) s",
                section: "sluiceclockwrong")
        ]
    }

    /// Seconds. What is less, `auth.clock_skew` forgives.
    private static let clockJump: Int64 = 5

    // MARK: Words

    private func value(_ metric: String) -> Double? { rates.figure(.value, of: MetricSelection(metric)) }

    private func rate(_ metric: String) -> Double? { rates.figure(.rate, of: MetricSelection(metric)) }

    private static func count(_ number: Double, _ one: String, _ several: String) -> String {
        "\(MetricFamily.number(number)) \(number == 1 ? one : several)"
    }

    private static func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
