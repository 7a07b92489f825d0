// What the engine tells its operator: once for each thing that happens, without data and without keys.

package import EventLog

/// Something that happened to a log on JetStream.
package enum JetStreamNotice: Sendable, Equatable {
    /// A stream was missing, and has been made.
    case created(stream: String)
    /// A message in the stream is none that this version writes: it is skipped. Told for the first one.
    case unreadable(sequence: Position, why: String)
    /// An event was refused because the servers take none of its size.
    case tooLarge(String)
    /// A stream's settings are not as they have to be any more, or are so again: each difference, and whether the log
    /// promises less by it than it did.
    case changed([StreamDifference])
    /// The tail is cut off from its stream.
    case interrupted(String)
    /// The tail has all events again.
    case resumed
    /// The stream was made anew, or went back.
    case epochBegan(Epoch, why: String)
}
