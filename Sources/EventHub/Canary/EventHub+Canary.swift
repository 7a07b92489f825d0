// A word for the canaries: the gateway's own streams, one per event loop, by which it sees for itself that events are
// delivered. They are in no count of streams, have no user, and none of their words is kept in the log.

package import EventLog
package import NIOCore

/// What a canary is sent.
package struct CanaryNote: Sendable, Equatable {
    /// Rises with each note.
    package let number: UInt64
    /// Whether the event log was written to before it was sent.
    package let isLogged: Bool

    package init(number: UInt64, isLogged: Bool) { (self.number, self.isLogged) = (number, isLogged) }

    /// As its line has it: `data: 17 logged`.
    package var text: String { isLogged ? "\(number) logged" : "\(number)" }

    var frame: EventFrame {
        EventFrame(capacity: 64) { buffer in
            buffer.writeStaticString("event: sluice.canary\ndata: ")
            buffer.writeString(text)
            buffer.writeStaticString("\n\n")
        }
    }
}

extension EventHub {
    /// Writes to the event log, as a publish does, and then sends each canary a note that says so.
    ///
    /// - Parameter completion: told why the log could not be written; nothing when it could. On any thread.
    package func singThroughLog(_ number: UInt64, completion: @escaping @Sendable (EventLogError?) -> Void) {
        context.log.probe { failure in
            if failure == nil { self.sing(CanaryNote(number: number, isLogged: true)) }
            completion(failure)
        }
    }

    /// Sends each canary a note.
    package func sing(_ note: CanaryNote) {
        postToAll { $0.post(note) }
        wake()
    }
}

/// Names a canary within its shard.
package struct CanaryID: Sendable, Hashable {
    let number: UInt64
}

extension HubShard {
    /// More than the one that there should be, for one that is about to be replaced.
    private static let mostCanaries = 4

    /// Begins to write to a canary. Nothing when there are too many here.
    package func attachCanary(_ outlet: NIOLoopBound<any StreamOutlet>) -> CanaryID? {
        guard canaries.count < Self.mostCanaries else { return nil }
        lastCanaryNumber += 1
        let id = CanaryID(number: lastCanaryNumber)
        canaries[id] = outlet.value
        return id
    }

    package func detachCanary(_ id: CanaryID) { canaries[id] = nil }

    /// A canary that takes nothing is not written to: that it hears nothing is then the truth.
    func sing(_ note: CanaryNote) {
        for outlet in canaries.values where outlet.isWritable {
            outlet.write(note.frame)
            outlet.flush()
        }
    }
}
