// Who has come and gone since other nodes were told last.

/// Users of topics, each once. What has become of them is looked up when they are taken out.
struct ChangedAttendance {
    private var users: [String: Set<String>] = [:]
    /// Those that are being taken out. One may be noted again meanwhile.
    private var leaving: [(topic: String, user: String)] = []

    mutating func note(_ change: AttendanceChange) { users[change.topic, default: []].insert(change.user) }

    /// Takes some out.
    mutating func take(limit: Int) -> [(topic: String, user: String)] {
        if leaving.isEmpty {
            leaving = users.flatMap { topic, users in users.map { (topic, $0) } }
            // A table keeps the room that it once needed.
            users = [:]
        }
        let taken = Array(leaving.suffix(limit))
        leaving.removeLast(taken.count)
        return taken
    }
}
