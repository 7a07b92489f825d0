// Who is in which topic, told to other nodes and heard from them. Nobody waits for it, and no event passes here.

package import NIOCore

/// What a node tells the others.
package struct AttendanceNotes: Sendable {
    /// Of the settings that it goes by. All that was told under others is void.
    package let generation: UInt32
    package let changes: [AttendanceChange]
    /// Whether it has streams that it does not count, because there is no room; nothing where it counts nobody.
    package let hidesUsers: Bool?
}

/// What goes with other nodes' words.
package struct WordsElsewhere: Sendable {
    /// Which ``EventHub/attendanceGeneration`` they are for.
    let generation: UInt32
    /// Whether the nodes may have users whom this one has not heard of.
    let isIncomplete: Bool
    /// What the hub takes up for their users, about: so much may come on top of `presence.bytes`.
    let bytes: Int

    package init(generation: UInt32, isIncomplete: Bool, bytes: Int) {
        (self.generation, self.isIncomplete, self.bytes) = (generation, isIncomplete, bytes)
    }
}

extension EventHub {
    /// Who has come and gone here since the last time, for the other nodes.
    ///
    /// - Parameter limit: how many at most; those that are left come the next time.
    package func takeAttendance(limit: Int) -> AttendanceNotes { attendance.takeChanges(limit: limit) }

    /// A new one begins with other settings: whoever knows other nodes' users says all of them again.
    package var attendanceGeneration: UInt32 { attendance.generation }

    /// Who has come and gone at other nodes: each node's word once, and its going behind its coming.
    package func hearAttendance(_ changes: [AttendanceChange], _ words: WordsElsewhere, now: NIODeadline) {
        var rest = changes[...]
        repeat {
            // Shards wait for the lock meanwhile.
            attendance.hear(rest.prefix(AttendanceBook.changesAtOnce), words, now: now)
            rest = rest.dropFirst(AttendanceBook.changesAtOnce)
        } while !rest.isEmpty
    }
}
