// What a canary's client reads: the head of one response, and notes. A value; bytes in any pieces. It is no parser of
// HTTP for others: it reads what this gateway writes, and gives up at anything else.

internal import EventHub
internal import GatewayRules

/// Reads one canary's response.
struct CanaryReading: Sendable {
    enum Word: Sendable, Equatable {
        /// The stream is open, on this event loop.
        case opened(loop: Int)
        case note(CanaryNote)
        /// This is no canary's stream.
        case other
    }

    private enum Part { case statusLine, fields(loop: Int?), notes }

    /// A line of ours is shorter.
    private static let longestLine = 1024

    /// The response's first line, for who has to say that it was another than expected.
    private(set) var status = ""
    private var part = Part.statusLine
    private var line: [UInt8] = []

    /// - Returns: what the bytes complete.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Word] {
        var words: [Word] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                guard line.count <= Self.longestLine else { return [.other] }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let word = read(String(decoding: line, as: UTF8.self)) { words.append(word) }
            line.removeAll(keepingCapacity: true)
        }
        return words
    }

    private mutating func read(_ text: String) -> Word? {
        switch part {
        case .statusLine:
            part = .fields(loop: nil)
            status = text
            return text.hasPrefix("HTTP/1.") && text.dropFirst(8).hasPrefix(" 200") ? nil : .other
        case .fields(let loop):
            if text.isEmpty {
                part = .notes
                return loop.map(Word.opened) ?? .other
            }
            let name = "\(CanaryPass.loopField): "
            if text.hasPrefix(name) { part = .fields(loop: Int(text.dropFirst(name.count))) }
            return nil
        case .notes: return Self.note(text)
        }
    }

    private static func note(_ line: String) -> Word? {
        guard line.hasPrefix("data: ") else { return nil }
        let words = line.dropFirst(6).split(separator: " ")
        guard let number = words.first.flatMap({ UInt64($0) }) else { return nil }
        return .note(CanaryNote(number: number, isLogged: words.count == 2))
    }
}
