// Which program this is.

extension PrometheusRegistry {
    /// Shows the program's version, as the value of a label: the value of the metric is 1.
    package func show(version: String) {
        gauge("sluice_build_info", [("version", version)]).set(Int64(1))
    }
}
