import Foundation

/// The report for people: a line for each subject, only what was measured, and how often each latency was.
extension BenchReport {
    var text: String {
        let lines: [(name: String, text: String?)] = [
            ("load", loadText),
            ("latency", latencyText),
            ("publishing", publishingText),
            ("deliveries", "\(deliveries) in \(seconds(deliverySeconds)), \(rate(deliveriesPerSecond))"),
            ("events", accountText),
            ("streams", streamText),
            ("stalled", stalledText),
            ("resume", resumeText),
            ("steady", steadyText),
            ("server CPU", cpuText),
            ("server memory", memoryText),
            ("client CPU", clientCpuUsPerDelivery.map { String(format: "%.1f µs per delivery", $0) }),
            ("refused", firstRefusal), ("not published", firstPublishFailure),
        ]
        let subjects = lines.reduce(into: "") { text, line in
            guard let content = line.text else { return }
            text += line.name.padding(toLength: 15, withPad: " ", startingAt: 0) + content + "\n"
        }
        return subjects + (latencyHistogram.map { "\n" + $0.text } ?? "")
    }

    private var loadText: String {
        let pace = ratePerSecond.map { String(format: "%g publishes/s", $0) } ?? "as fast as answered"
        let size = batch > 1 ? "\(batch) × \(payloadBytes) bytes" : "\(payloadBytes) bytes"
        let shared = streamsPerConnection > 1 ? ", \(streamsPerConnection) per connection" : ""
        return "\(streams) streams over HTTP/\(httpVersion)\(shared), of \(users) users, to \(to), \(pace) of \(size), "
            + "\(publishers) publisher(s)"
    }

    private var latencyText: String? {
        guard let latencyP50Us, let latencyP90Us, let latencyP99Us, let latencyP999Us, let latencyMaxUs else {
            return nil
        }
        return "p50 \(time(latencyP50Us))  p90 \(time(latencyP90Us))  p99 \(time(latencyP99Us))  "
            + "p99.9 \(time(latencyP999Us))  max \(time(latencyMaxUs))"
            + String(format: "  (percentiles up to %.1f %% too high)", latencyResolution * 100)
    }

    private var publishingText: String {
        var text = "\(publishes) requests in \(seconds(publishSeconds)), \(rate(publishesPerSecond))"
        if batch > 1 { text += "; \(eventsPublished) events, \(rate(eventsPerSecond))" }
        if let publishLatencyP50Us, let publishLatencyP99Us {
            text += "; answered p50 \(time(publishLatencyP50Us))  p99 \(time(publishLatencyP99Us))"
        }
        return eventsFailed > 0 ? "\(text); \(eventsFailed) events not taken" : text
    }

    private var accountText: String {
        "\(lost) lost, \(missedWithGap) missed with a gap told, \(doubled) doubled, \(outOfOrder) out of order, "
            + "\(unexpected) unexpected; \(gaps) gaps told"
    }

    private var streamText: String {
        let all = openedStreams + refusedStreams
        let letIn =
            refusedStreams > 0
            ? "only \(openedStreams) of \(all) were let in: raise the gateway's limit or open fewer; " : ""
        return "\(letIn)\(openedStreams) opened, \(refusedStreams) refused, \(brokenStreams) broken and reconnected"
    }

    private var stalledText: String? {
        guard let stalledStreams, let stalledComplete, let stalledGaps, let stalledLost, let stalledBroken,
            let stalledMissedWithGap
        else { return nil }
        return "\(stalledComplete) of \(stalledStreams) had everything in the end; \(stalledGaps) gaps told, "
            + "\(stalledMissedWithGap) events missed with a gap, \(stalledLost) lost, \(stalledBroken) broken"
    }

    private var resumeText: String? {
        guard let resumeStreams, let resumeEvents, let resumeSeconds else { return nil }
        return "\(resumeStreams) streams reconnected and had what they missed of \(resumeEvents) events after "
            + String(format: "%.3f s", resumeSeconds)
    }

    private var steadyText: String? {
        guard let steadyStreams, let steadyLost else { return nil }
        var text = "\(steadyStreams) streams, \(steadyLost) lost"
        if let steadyQuietP99Us { text += "; p99 \(time(steadyQuietP99Us)) quiet" }
        if let steadyReconnectP99Us { text += ", \(time(steadyReconnectP99Us)) during the reconnects" }
        return text
    }

    private var cpuText: String? {
        guard let serverCpuSeconds, let serverCpuUsPerDelivery, let serverCpuUsPerPublish else { return nil }
        return String(
            format: "%.1f µs per delivery, %.1f µs per publish (each of the whole %.2f s)", serverCpuUsPerDelivery,
            serverCpuUsPerPublish, serverCpuSeconds)
    }

    private var memoryText: String? {
        guard let serverResidentBeforeKib, let serverResidentAfterKib, let serverResidentPeakKib else { return nil }
        let open = serverResidentOpenKib.map { ", \($0) KiB with the streams open" } ?? ""
        return "\(serverResidentBeforeKib) KiB before\(open), \(serverResidentAfterKib) KiB after, "
            + "\(serverResidentPeakKib) KiB at most"
    }

    private func time(_ microseconds: Double) -> String { String(format: "%.2f ms", microseconds / 1000) }
    private func seconds(_ seconds: Double) -> String { String(format: "%.2f s", seconds) }
    private func rate(_ perSecond: Double) -> String { String(format: "%.0f/s", perSecond) }
}
