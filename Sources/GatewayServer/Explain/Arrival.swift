// Whether what was written to a stream's connection has arrived. A value: told from how many bytes its other end has
// not acknowledged, and how many were written behind the event.

internal import EventLog

/// How far an event has come behind the gateway's writing of it.
enum Arrival: Sendable, Equatable {
    /// The kernel at the other end has it: the client's, or a proxy's.
    case acknowledged
    /// It is among the last bytes, and so many of those are not acknowledged.
    ///
    /// - Parameters:
    ///   - bytes: of the connection, in this program and in the kernel.
    ///   - waiting: about how many of them are in this program, because its socket takes none.
    case perhapsNot(bytes: Int, waiting: Int)
    /// Nobody could ask the socket.
    case unknown(waiting: Int)
    /// Its stream has ended, and its connection can't be asked any more.
    case ended

    /// - Parameters:
    ///   - event: was written to the stream.
    ///   - later: the events that the tail has told of behind it.
    ///   - floor: where what the log holds begins: what it has let go of may have been in a gap.
    init(of event: EventDiary.Entry, later: [EventDiary.Entry], at stream: StreamAccount, floor: Position) {
        guard stream.ended == nil else {
            self = .ended
            return
        }
        guard let bytes = stream.unacknowledgedBytes else {
            self = .unknown(waiting: stream.unsentBytes)
            return
        }
        // At least: encryption, framing and heartbeats are not counted, and nor is what may have been passed over.
        var behind = 0
        for entry in later where behind < bytes {
            guard entry.sequence > max(event.sequence, floor), entry.sequence <= stream.last, entry.expiresAt == nil,
                stream.wants(entry.audience)
            else { continue }
            behind += entry.byteCount
        }
        self = behind >= bytes ? .acknowledged : .perhapsNot(bytes: bytes, waiting: stream.unsentBytes)
    }

    /// For programs.
    var code: String {
        switch self {
        case .acknowledged: "acknowledged"
        case .perhapsNot: "perhaps-unacknowledged"
        case .unknown: "unknown"
        case .ended: "ended"
        }
    }

    /// What it means, and what to look at; behind "written".
    var words: String {
        switch self {
        case .acknowledged:
            ", and the machine at the other end of its connection has acknowledged it; whether the client has read it, "
                + "it alone knows"
        case .perhapsNot(let bytes, 0):
            "; the machine at the other end has not acknowledged \(bytes) bytes of its connection, and it is among the "
                + "last that were written: perhaps it has not arrived"
        case .perhapsNot(let bytes, let waiting):
            "; the machine at the other end has not acknowledged \(bytes) bytes of its connection, about \(waiting) of "
                + "them still here because the socket takes none, and it is among the last that were written: perhaps "
                + "it has not arrived, and the client does not read"
        case .unknown(0): "; perhaps some of it still waited, and whether the client has read it, it alone knows"
        case .unknown(let waiting):
            "; about \(waiting) bytes to this client wait for its socket, which takes none: the client does not read"
        case .ended:
            "; the stream has ended since, and perhaps it had not arrived: a client that comes back with its last id "
                + "gets what it has not had, if the log still has it"
        }
    }
}
