import Foundation

/// The process's standard streams. Every write goes straight to the descriptor, so a reader sees each event at once.
enum Console {
    /// Writes results, which a script may read.
    ///
    /// - Throws: `ReaderLeft` when nobody reads them any more, as with `| head`.
    static func print(_ text: String) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            throw ReaderLeft()
        }
    }

    /// Writes a status line, for people.
    static func report(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }

    /// Standard output's reader is gone. That is no failure of ours.
    struct ReaderLeft: Error {}
}
