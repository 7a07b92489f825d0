// One step of reading the stream below the window: what has to be asked, and how the answers become one order. A value;
// `StreamReader` asks.
//
// A replica that lags behind answers "no more" and is wrong. So the end of each line is the leader's word alone.

internal import EventLog

/// A message that a read has found.
struct FoundMessage<Content: Sendable>: Sendable {
    let sequence: Position
    let content: Content
}

/// The reading of several lines of one stream, each in the order of the stream, as one.
struct ReadPlan<Content: Sendable>: Sendable {
    /// What has to be known for the next message.
    enum Need: Equatable, Sendable {
        /// The next messages of a line, from a sequence on. Any replica may answer.
        case fetch(line: Int, from: Position)
        /// Whether a line has nothing more, which is the leader's to say.
        case confirm(line: Int, from: Position)
    }

    private struct Line: Sendable {
        var found: ArraySlice<FoundMessage<Content>> = []
        /// Behind this place nothing has been asked.
        var place: Position
        /// A replica has said that there is nothing behind the place.
        var isSaidToEnd = false
        /// The leader has.
        var isEnded = false

        func isKnown(upTo end: Position) -> Bool { !found.isEmpty || isEnded || place >= end }
    }

    private var lines: [Line]
    /// The last place that is read.
    let end: Position
    /// Up to here all has been taken.
    private(set) var position: Position

    /// - Parameters:
    ///   - position: behind which is read.
    ///   - end: the place up to which there are messages.
    init(lines: Int, after position: Position, upTo end: Position) {
        self.lines = Array(repeating: Line(place: position), count: lines)
        (self.position, self.end) = (position, end)
    }

    /// What has to be asked before the next can be taken. Empty when it can.
    var needs: [Need] {
        lines.enumerated().compactMap { number, line in
            guard !line.isKnown(upTo: end) else { return nil }
            return line.isSaidToEnd
                ? .confirm(line: number, from: line.place + 1) : .fetch(line: number, from: line.place + 1)
        }
    }

    /// Takes the lowest of what has been found; nil when all has been taken.
    ///
    /// - Precondition: nothing has to be asked.
    mutating func next() -> FoundMessage<Content>? {
        let first = lines.enumerated().compactMap { number, line in line.found.first.map { (number, $0) } }
            .min { $0.1.sequence < $1.1.sequence }
        guard let (number, message) = first, message.sequence <= end else {
            position = end
            return nil
        }
        lines[number].found.removeFirst()
        position = message.sequence
        return message
    }

    /// A replica has answered.
    ///
    /// - Parameter isEnd: whether it has nothing more.
    mutating func fetched(_ messages: [FoundMessage<Content>], line number: Int, isEnd: Bool) {
        // What is below the place has been taken, or was not asked for.
        let place = lines[number].place
        lines[number].found += messages.filter { $0.sequence > place }
        lines[number].place = max(place, messages.last?.sequence ?? 0)
        lines[number].isSaidToEnd = isEnd || messages.isEmpty
    }

    /// The leader has answered.
    ///
    /// - Parameter message: the line's next; nil when there is none.
    mutating func confirmed(_ message: FoundMessage<Content>?, line number: Int) {
        guard let message, message.sequence > lines[number].place else {
            lines[number].isEnded = true
            return
        }
        lines[number].found.append(message)
        lines[number].place = message.sequence
        lines[number].isSaidToEnd = false
    }
}
