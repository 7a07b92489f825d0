// The gateway's own figures, read from its admin listener in the Prometheus text format.

/// One reading of `/metrics`.
struct Metrics: Sendable {
    /// The samples by name with labels, as written.
    private let samples: [String: Double]

    init(text: String) {
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            samples[String(line[..<space])] = value
        }
        self.samples = samples
    }

    /// The sum over all samples of a metric whose labels contain `label`, such as `reason="token-missing"`; 0 for none.
    func sum(_ name: String, where label: String = "") -> Double {
        samples.filter { sample in
            let base = sample.key.prefix { $0 != "{" }
            return base == name && (label.isEmpty || sample.key.contains(label))
        }.values.reduce(0, +)
    }

    /// Whether there is a sample of a metric.
    func has(_ name: String) -> Bool { samples.keys.contains { $0.prefix { $0 != "{" } == name } }

    var streams: Double { sum("sluice_streams") }
    var connections: Double { sum("sluice_connections") }
    var residentBytes: Double { sum("process_resident_memory_bytes") }
    var openDescriptors: Double { sum("process_open_fds") }
}
