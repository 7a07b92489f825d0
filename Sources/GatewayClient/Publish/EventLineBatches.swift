/// Cuts NDJSON that arrives in any fragments into request bodies that a gateway accepts: whole lines, not too many, not
/// too long.
///
/// A value that holds at most one unfinished line; it knows nothing of JSON.
package struct EventLineBatches: Sendable {
    /// Half of a gateway's default limit of 1000 events.
    private static let maximumLines = 500
    /// A quarter of a gateway's default limit of 1 MiB; a single line may be longer.
    private static let targetBytes = 256 << 10
    /// A gateway's default limit of a body.
    private static let maximumLineBytes = 1 << 20

    private var unfinished: [UInt8] = []

    /// Creates an empty cutter.
    package init() {}

    /// Takes the next bytes.
    ///
    /// - Parameter bytes: a fragment of NDJSON.
    /// - Returns: the bodies to send now, in order. Blank lines are dropped.
    /// - Throws: `GatewayClientError` with code `tooLarge` when a line exceeds 1 MiB.
    package mutating func feed(_ bytes: some Sequence<UInt8>) throws(GatewayClientError) -> [[UInt8]] {
        unfinished.append(contentsOf: bytes)
        guard let end = unfinished.lastIndex(of: UInt8(ascii: "\n")) else {
            try check(unfinished[...])
            return []
        }
        let complete = unfinished[...end]
        let batches = try cut(complete)
        unfinished.removeSubrange(...end)
        try check(unfinished[...])
        return batches
    }

    /// Takes the end of the input.
    ///
    /// - Returns: the last line when it had no line end.
    /// - Throws: as `feed`.
    package mutating func finish() throws(GatewayClientError) -> [[UInt8]] {
        defer { unfinished = [] }
        return try cut(unfinished[...])
    }

    private func cut(_ bytes: ArraySlice<UInt8>) throws(GatewayClientError) -> [[UInt8]] {
        var batches: [[UInt8]] = []
        var batch: [UInt8] = []
        var lines = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.contains(where: { $0 > 0x20 }) {
            try check(line)
            if lines == Self.maximumLines || (lines > 0 && batch.count + line.count >= Self.targetBytes) {
                batches.append(batch)
                batch = []
                lines = 0
            }
            batch += line
            batch.append(UInt8(ascii: "\n"))
            lines += 1
        }
        if lines > 0 { batches.append(batch) }
        return batches
    }

    private func check(_ line: ArraySlice<UInt8>) throws(GatewayClientError) {
        guard line.count >= Self.maximumLineBytes else { return }
        throw GatewayClientError(
            code: .tooLarge, message: "a line of the input has 1 MiB or more: one event per line, please")
    }
}
