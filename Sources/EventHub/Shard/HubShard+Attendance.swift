// What a shard does so that subscribers of a topic know of each other: it counts its streams' users, says so at its
// ticks, and tells its streams what has come of it, in turns.

internal import DequeModule
internal import EventLog
internal import NIOCore

extension HubShard {
    // MARK: Counting

    /// Counts a stream's user in its topics, and owes it the whole of each.
    func enter(_ stream: HubStream) {
        guard attendance.settings.isOn else { return }
        (stream.attendance, stream.isUncounted) = (attendance.generation, false)
        let topics = countedTopics(of: stream)
        guard !topics.isEmpty else { return }
        stream.isUncounted = !count(stream, in: topics)
        if stream.isUncounted {
            attendance.table.uncounted += 1
            attendance.uncounted.append(stream.id)
        }
        for topic in topics { attendance.owe(stream.id, topic, at: eventLoop.now) }
    }

    /// - Returns: whether there is room for it.
    private func count(_ stream: HubStream, in topics: [String]) -> Bool {
        let (user, settings) = (stream.interest.user, attendance.settings)
        let cost = attendance.table.cost(of: user, in: topics)
        let share = settings.bytesPerUser(places: board.places)
        guard attendance.table.hasRoom(for: cost, of: user, share: share), board.take(cost, of: settings.bytes)
        else { return false }
        for topic in topics { attendance.table.enter(user, topic) }
        return true
    }

    /// Counts the user of a stream that has ended no more. The table gives its room back when the book has heard of it.
    func leave(_ stream: HubStream) {
        guard attendance.settings.isOn, stream.attendance == attendance.generation else { return }
        guard !stream.isUncounted else { return leaveUncounted() }
        for topic in countedTopics(of: stream) { attendance.table.leave(stream.interest.user, topic) }
    }

    private func leaveUncounted() {
        attendance.table.uncounted -= 1
        // It stays in the list until its turn, unless there are more such than others.
        guard attendance.uncounted.count > 2 * attendance.table.uncounted + Self.triesAtOnce else { return }
        attendance.uncounted.removeAll { streams[$0] == nil }
    }

    /// How many streams without room are tried at each tick.
    private static let triesAtOnce = 256

    /// Counts streams that there was no room for, when others have left. They are tried each second, and at each tick
    /// while some get in.
    private func countLate(at now: NIODeadline) {
        guard !attendance.uncounted.isEmpty, attendance.triesAt <= now else { return }
        let before = attendance.table.uncounted
        for _ in 0..<min(Self.triesAtOnce, attendance.uncounted.count) {
            guard let stream = streams[attendance.uncounted.removeFirst()] else { continue }
            let topics = countedTopics(of: stream)
            guard count(stream, in: topics) else {
                attendance.uncounted.append(stream.id)
                continue
            }
            stream.isUncounted = false
            attendance.table.uncounted -= 1
            for topic in topics { attendance.owe(stream.id, topic, at: now) }
        }
        if attendance.uncounted.isEmpty { attendance.uncounted = [] }
        if attendance.table.uncounted == before { attendance.triesAt = now + Self.patience }
    }

    private func countedTopics(of stream: HubStream) -> [String] {
        stream.interest.topics.filter(attendance.settings.topics.matches)
    }

    // MARK: Other settings

    /// Goes on with other settings: the streams are entered again, and told when nobody counts a topic any more.
    func adoptPresence(_ settings: PresenceSettings, _ generation: UInt32) {
        guard generation != attendance.generation else { return }
        let former = attendance.settings.topics
        board.add(-attendance.table.bytes)
        attendance.adopt(settings, generation, places: board.places)
        begin(StreamRound(index.everyone, .enter(former)))
    }

    /// One of the streams that were open when the settings changed.
    func enterAgain(_ stream: HubStream, former: PresenceTopics) {
        if stream.attendance != attendance.generation { enter(stream) }
        let now = attendance.settings.topics
        for topic in stream.interest.topics where former.matches(topic) && !now.matches(topic) {
            attendance.owe(stream.id, topic, at: eventLoop.now)
            attendance.hasFormerTopics = true
        }
    }

    // MARK: Looking in

    /// A stream that can't take what it is owed is looked at again after this time.
    private static let patience = TimeAmount.seconds(1)

    /// Says what has changed, and fetches what there is to tell.
    func lookIn(at now: NIODeadline) {
        guard attendance.isAwake else { return }
        // A gateway that goes down tells nobody that the others have left: they are coming back.
        guard drain == nil else { return attendance.clear() }
        tellUnknown(at: now)
        countLate(at: now)
        let hasStreams = !attendance.table.isEmpty || !attendance.owed.isEmpty
        if attendance.settings.isOn, hasStreams || owesAttendance { exchange(at: now) }
        if attendance.hasRounds, !attendance.isTakingTurns { tellNext() }
    }

    private func exchange(at now: NIODeadline) {
        var report = AttendanceReport()
        let before = attendance.table.bytes
        // Only behind the exchange: until then the book has not counted what the table gives back.
        defer { board.add(attendance.table.bytes - before) }
        report.changes = attendance.table.takeChanges(limit: AttendanceBook.changesAtOnce)
        report.uncounted = attendance.table.uncounted
        // A topic whose users the book has not heard of is not asked for yet.
        if attendance.table.isReported, now >= attendance.opensAt { report.wanted = wantedTopics(at: now) }
        guard let answer = board.exchange(report, at: number, attendance.generation, now: now) else { return }
        attendance.opensAt = answer.opensAt
        for news in answer.news { attendance.enqueue(news: news) }
        for whole in answer.wholes { attendance.enqueue(whole: whole) }
    }

    /// Topics with a stream that can take the whole now.
    private func wantedTopics(at now: NIODeadline) -> [String] {
        attendance.wantedTopics(.init(), at: now, elseAt: now + Self.patience) { streams[$0]?.hasRoomForNews }
    }

    /// Tells streams of topics that nobody counts any more.
    private func tellUnknown(at now: NIODeadline) {
        guard attendance.hasFormerTopics else { return }
        let former = attendance.owed.filter { !attendance.settings.topics.matches($0.key) }
        for (topic, owed) in former where owed.dueAt <= now { attendance.enqueue(whole: .unknown(topic)) }
        attendance.hasFormerTopics = !former.isEmpty
    }

    /// Whether the shard has something to say or to forget though it has no stream.
    var owesAttendance: Bool {
        guard attendance.settings.isOn, drain == nil else { return false }
        return !attendance.table.isReported || board.hasVacantTopics
    }

    // MARK: Telling

    /// Tells as many streams as one turn may, and goes on when the loop has looked at its sockets.
    private func tellNext() {
        var (budget, toldCount) = (TurnBudget(until: eventLoop.now + TurnBudget.time), 0)
        while !budget.isOver(at: eventLoop.now), let stream = takeStreamToTell() {
            budget.spendLook()
            if tell(stream, at: eventLoop.now) { toldCount += 1 }
        }
        if toldCount > 0 { metrics.presenceTold(toldCount) }
        attendance.isTakingTurns = attendance.hasRounds
        guard attendance.isTakingTurns else { return }
        eventLoop.scheduleTask(in: Self.pause) { self.assumeIsolated { $0.tellNext() } }
    }

    private func takeStreamToTell() -> HubStream? {
        while true {
            if let stream = attendance.current?.takeStream({ streams[$0] }) { return stream }
            attendance.current = attendance.takeRound()
            guard let round = attendance.current else { return nil }
            attendance.current?.begin(round.isForAll ? index.streams(for: .topic(round.news.topic)) : nil)
        }
    }

    /// - Returns: whether it was told.
    private func tell(_ stream: HubStream, at now: NIODeadline) -> Bool {
        guard let topic = attendance.current?.news.topic else { return false }
        let isOwed = attendance.current?.owed.contains(stream.id) ?? false
        guard !stream.isUncounted || isOwed else { return false }
        guard stream.hasRoomForNews else {
            attendance.owe(stream.id, topic, at: now + Self.patience)
            // Else nobody looks at it again: a round may take longer than a tick.
            if !attendance.settings.topics.matches(topic) { attendance.hasFormerTopics = true }
            return false
        }
        let frame =
            stream.isUncounted ? AttendanceNews.unknown(topic).whole : attendance.current?.frame(isWhole: isOwed)
        guard let frame else { return false }
        stream.write(frame, now: now)
        stream.flush()
        return true
    }
}
