// The dashboard's server: it reads the metrics, keeps their last quarter of an hour, and writes a snapshot a second to
// all pages that are open. On the admin listener's thread, so that it goes on whatever the other event loops do.

internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import Logging
internal import NIOCore

/// What is behind `/dashboard/events`.
final class Dashboard: Sendable {
    /// Where it looks.
    struct Sources: Sendable {
        let metrics: @Sendable () -> [MetricFamily]
        let probes: @Sendable () -> TroubleFinder.Probes
        let recent: RecentNotices
        let time: @Sendable () -> WallTime
        /// Is told of troubles. Pages have them already.
        let logger: Logger
    }

    private struct State {
        var recorder = DashboardRecorder()
        var troubleLog = TroubleLog()
        var streams: DashboardStreams
        /// The newest notice that pages have been told of.
        var told: UInt64 = 0
        var ticks = 0
        var isOver = false
    }

    let eventLoop: any EventLoop
    private let sources: Sources
    private let state: NIOLoopBoundBox<State>
    private let opening: EventFrame

    /// - Parameters:
    ///   - limit: how many pages may be open.
    ///   - eventLoop: the admin listener's.
    init(_ sources: Sources, limit: Int, on eventLoop: any EventLoop) {
        self.sources = sources
        self.eventLoop = eventLoop
        state = .makeBoxSendingValue(State(streams: DashboardStreams(limit: limit)), eventLoop: eventLoop)
        let plots = DashboardJSON.plots(DashboardPlot.all)
        opening = EventFrame(capacity: plots.count + 64) { buffer in
            EventStreamEncoder.appendRetry(milliseconds: 2000, to: &buffer)
            EventStreamEncoder.appendEvent(
                id: nil, event: EventName(literal: "plots"), data: ByteBuffer(bytes: plots), to: &buffer)
        }
    }

    // MARK: Time

    /// Begins; it ends with the event loop.
    func start() {
        eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in self.tick() }
    }

    /// A second has passed. While nobody looks, only each fifth one is recorded: a reading costs what a scrape costs.
    func tick() {
        let (ticks, isSeen) = (state.value.ticks, state.value.streams.count > 0)
        state.value.ticks += 1
        guard isSeen || ticks % PlotHistory.step == 0 else { return }
        record()
        guard isSeen, let frame = newest else { return }
        // A write may end a connection, which takes its stream out at once: so nothing is written from within.
        let (writeTo, end) = state.value.streams.turn(at: eventLoop.now)
        let notices = newNotices
        for body in writeTo {
            if let notices { body.write(notices) }
            body.write(frame)
        }
        for body in end { body.end(isOrderly: false) }
    }

    private func record() {
        let reading = MetricReading(
            sources.metrics(), keeping: state.value.recorder.metrics, at: eventLoop.now, time: sources.time())
        state.value.recorder.take(reading, sources.probes())
        let present = state.value.recorder.snapshot?.present.map(\.trouble) ?? []
        for line in state.value.troubleLog.lines(for: present, at: .now) { write(line) }
    }

    private func write(_ line: TroubleLog.Line) {
        var metadata: Logger.Metadata = ["trouble": "\(line.trouble.words)"]
        if let section = line.trouble.section { metadata["runbook"] = "\(section)" }
        if line.passedOver > 0 { metadata["changes_not_told"] = "\(line.passedOver)" }
        guard !line.isOver else { return sources.logger.notice("A trouble is over.", metadata: metadata) }
        let level: Logger.Level = line.trouble.weight == .broken ? .error : .warning
        sources.logger.log(level: level, "A trouble has begun.", metadata: metadata)
    }

    /// The newest snapshot: one for all.
    private var newest: EventFrame? {
        state.value.recorder.snapshot.map { Self.frame("now", DashboardJSON.now($0)) }
    }

    /// What has been said since pages were last told.
    private var newNotices: EventFrame? {
        let told = state.value.told
        let changes = sources.recent.changes.filter { $0.number > told }
        let refusals = sources.recent.refusals.filter { $0.number > told }
        guard let newest = (changes + refusals).map(\.number).max() else { return nil }
        state.value.told = newest
        return Self.frame("notices", DashboardJSON.notices(changes, refusals))
    }

    private static func frame(_ name: StaticString, _ data: [UInt8]) -> EventFrame {
        EventFrame(id: nil, event: EventName(literal: name), data: ByteBuffer(bytes: data))
    }

    // MARK: Streams

    /// Whether one more page may be open.
    var hasRoom: Bool { state.value.streams.hasRoom && !state.value.isOver }

    /// How many are.
    var count: Int { state.value.streams.count }

    /// Takes a page in; ``hasRoom`` has been asked.
    func add(_ body: StreamBody, _ begin: () -> Void) {
        let id = state.value.streams.add(body)
        body.belongs(to: Place(dashboard: self, id: id))
        begin()
        // What was recorded while nobody looked may be seconds old.
        record()
        body.write(opening)
        body.write(Self.frame("past", DashboardJSON.past(state.value.recorder.history)))
        let notices = DashboardJSON.notices(sources.recent.changes, sources.recent.refusals)
        body.write(Self.frame("notices", notices))
        if let frame = newest { body.write(frame) }
    }

    private func remove(_ id: UInt64) { state.value.streams.remove(id) }

    /// Ends all pages' streams, with a word that says why. On any thread.
    func stop() async { try? await eventLoop.submit { self.endAll() }.get() }

    func endAll() {
        state.value.isOver = true
        let lastWord = Self.frame("end", Array("{}".utf8))
        for body in state.value.streams.removeAll() { body.end(isOrderly: body.isWritable, lastWord: lastWord) }
    }

    /// A page's place, for its connection.
    private struct Place: StreamSource {
        let dashboard: Dashboard
        let id: UInt64

        /// The next snapshot comes within a second.
        func becameWritable() {}

        func closed() { dashboard.remove(id) }
    }
}
