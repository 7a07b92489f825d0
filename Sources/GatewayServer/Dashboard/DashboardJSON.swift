// What dashboards are sent, as JSON: `plots` and `past` once, `now` each second, and `notices` when something was said.

internal import EventLog
internal import Logging
internal import StrictJSON

/// Writes the events' data.
enum DashboardJSON {
    /// What the plots are.
    static func plots(_ plots: [DashboardPlot]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array(plots) { plot, members in
            members.string("id", plot.id)
            members.string("title", plot.title)
            members.string("unit", plot.unit.rawValue)
            members.string("scale", plot.scale.rawValue)
            guard case .fixed(let lines) = plot.lines else { return }
            var names = JSONWriter()
            names.array(lines) { line, members in
                members.string("name", line.name)
                members.bool("limit", line.isLimit)
            }
            members.raw("lines", names.bytes)
        }
        return writer.bytes
    }

    /// The points of the last while.
    static func past(_ history: PlotHistory) -> [UInt8] {
        var writer = JSONWriter(capacity: history.points.count * 256)
        writer.array(history.points) { point, members in write(point, to: &members) }
        return writer.bytes
    }

    /// A snapshot.
    static func now(_ snapshot: DashboardSnapshot) -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.object { members in
            write(snapshot.point, to: &members)
            members.raw("present", entries(snapshot.present))
            members.raw("troubles", entries(snapshot.past))
            members.object("figures") { write(snapshot.figures, to: &$0) }
        }
        return writer.bytes
    }

    /// What the log has said, and who was refused.
    static func notices(_ changes: [RecentNotices.Notice], _ refusals: [RecentNotices.Notice]) -> [UInt8] {
        var writer = JSONWriter(capacity: (changes.count + refusals.count) * 256)
        writer.object { members in
            members.raw("changes", array(changes))
            members.raw("refusals", array(refusals))
        }
        return writer.bytes
    }

    private static func array(_ notices: [RecentNotices.Notice]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array(notices) { notice, members in
            members.integer("n", Int64(clamping: notice.number))
            members.integer("t", notice.time.milliseconds)
            members.string("level", notice.level.rawValue)
            members.string("words", notice.message)
            var details = JSONWriter()
            details.array(notice.details) { detail, members in
                members.string("name", detail.name)
                members.string("value", detail.value)
            }
            members.raw("details", details.bytes)
        }
        return writer.bytes
    }

    private static func write(_ figures: DashboardSnapshot.Figures, to members: inout JSONMembers) {
        members.raw("streams", number(figures.streams).utf8)
        members.raw("publishes", number(figures.publishes).utf8)
        members.raw("p99", number(figures.deliveryP99).utf8)
        members.raw("started", number(figures.started.map { $0.rounded() }).utf8)
        if let version = figures.version { members.string("version", version) }
    }

    private static func entries(_ entries: [TroubleBook.Entry]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array(entries) { entry, members in
            members.string("words", entry.trouble.words)
            members.bool("broken", entry.trouble.weight == .broken)
            members.integer("since", entry.since.milliseconds)
            if let until = entry.until { members.integer("until", until.milliseconds) }
            if let section = entry.trouble.section { members.string("section", section) }
        }
        return writer.bytes
    }

    private static func write(_ point: PlotPoint, to members: inout JSONMembers) {
        members.integer("t", point.time.milliseconds)
        members.raw("v", "[\(point.values.map(text).joined(separator: ","))]".utf8)
    }

    private static func text(_ values: DashboardPlot.Values) -> String {
        switch values {
        case .fixed(let values): return "[\(values.map(number).joined(separator: ","))]"
        case .each(let values):
            // The names come from labels, which may be a configuration's own words.
            let members = values.sorted { $0.key < $1.key }.map { name, value in
                var writer = JSONWriter()
                writer.string(name)
                return "\(String(decoding: writer.bytes, as: UTF8.self)):\(number(value))"
            }
            return "{\(members.joined(separator: ","))}"
        }
    }

    /// To four digits: a plot shows no more. Whole numbers stay whole.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        guard value.magnitude > 1e-15 else { return "0" }
        var (unit, magnitude) = (1.0, value.magnitude)
        while magnitude < 1000 { (unit, magnitude) = (unit * 10, magnitude * 10) }
        return MetricFamily.number((value * unit).rounded() / unit)
    }
}
