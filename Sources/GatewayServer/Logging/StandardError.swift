// Whole lines to standard error, whoever reads it: a pipe that does not wait takes a part of a line, or nothing.

internal import Glibc
internal import Synchronization

/// Standard error, a line at a time. Called on any thread.
enum StandardError {
    private static let lines = Mutex(LineOutput())

    @Sendable static func write(_ line: [UInt8]) {
        lines.withLock { $0.write(line) { bytes in put(bytes, on: STDERR_FILENO) } }
    }
}

/// - Returns: how many bytes were taken; nothing when none are.
private func put(_ bytes: ArraySlice<UInt8>, on descriptor: Int32) -> Int? {
    while true {
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 { return written }
        guard written < 0, errno == EINTR else { return nil }
    }
}

/// What becomes of lines that are not taken as a whole, as a value. A reader that is gone, or too slow for a pipe that
/// does not wait, is not waited for. It loses the line that it has a part of, and never the one behind it.
struct LineOutput: Sendable {
    /// Whether the last line has begun and has no end.
    private(set) var isWithinLine = false

    /// - Parameters:
    ///   - line: its end included.
    ///   - put: writes some of the bytes, and says how many; nothing when none are taken.
    mutating func write(_ line: [UInt8], put: (ArraySlice<UInt8>) -> Int?) {
        var rest = isWithinLine ? ([UInt8(ascii: "\n")] + line)[...] : line[...]
        while !rest.isEmpty {
            guard let count = put(rest), count > 0 else { return }
            isWithinLine = rest.prefix(count).last != UInt8(ascii: "\n")
            rest = rest.dropFirst(count)
        }
    }
}
