// What the operator reads of the budget: a table, and how it compares with the memory that there is.

internal import Logging

extension MemoryBudget {
    /// Says at start what there may be, and warns when it is more than there is memory.
    func report(to logger: Logger, memory: MachineMemory?) {
        var metadata: Logger.Metadata = [
            "sum": "\(Self.text(accountBytes))", "worst": "\(Self.text(worstBytes))",
            "kernel": "\(Self.text(kernel.bytes))",
        ]
        // By setting; what a line of it is for, `sluice check` says.
        let sums = (accounts + connections).reduce(into: [:]) { $0[$1.key, default: 0] += $1.bytes }
        for (key, bytes) in sums { metadata[key] = "\(Self.text(bytes))" }
        if let memory { metadata["available"] = "\(Self.text(memory.bytes)) (\(memory.source))" }
        logger.notice("Memory budget.", metadata: metadata)
        let verdict = verdict(on: memory)
        guard verdict.outcome == .doubtful else { return }
        logger.warning(
            "There is less memory than the limits allow to be used.", metadata: ["memory": "\(verdict.detail)"])
    }

    /// The table, one finding a line, and behind it how the sums compare with what there is.
    func findings(of memory: MachineMemory?) -> [CheckFinding] {
        let lines = accounts + connections + [kernel]
        let table = lines.map { CheckFinding(.fine, "memory \($0.key)", "\(Self.text($0.bytes)) for \($0.what)") }
        return table + [verdict(on: memory)]
    }

    /// One line: the sums, and whether there is memory for them.
    func verdict(on memory: MachineMemory?) -> CheckFinding {
        let sums =
            "accounts may come to \(Self.text(accountBytes)), and with every connection at its limits the process to "
            + "\(Self.text(worstBytes)), the kernel's buffers to \(Self.text(kernel.bytes)) more"
        guard let memory else { return CheckFinding(.fine, "memory", sums) }
        let have = "\(memory.source) has \(Self.text(memory.bytes))"
        if accountBytes > memory.bytes {
            return CheckFinding(
                .doubtful, "memory",
                "\(sums), but \(have); lower stream.buffer_total, log.retention.bytes or limits.held")
        }
        guard accountBytes + strangers.bytes <= memory.bytes else {
            let part = Double(memory.bytes - accountBytes) / Double(strangers.bytes)
            return CheckFinding(
                .doubtful, "memory",
                "\(sums), but \(have), and connections without a good token may come to \(Self.text(strangers.bytes)). So "
                    + "that strangers can't use up the memory, set limits.strangers to "
                    + "\(Self.round(strangers.connections, part)) and limits.turned_away to "
                    + "\(Self.round(strangers.turnedAway, part)), or fewer: that fits")
        }
        guard worstBytes > memory.bytes else { return CheckFinding(.fine, "memory", "\(sums); \(have)") }
        let room = memory.bytes - accountBytes - scale.otherBytes
        let part = Double(room) / Double(connectionBytes - scale.otherBytes)
        return CheckFinding(
            .fine, "memory",
            "\(sums); \(have). It takes users with good tokens to come near that, all hostile at once; to rule it out, set "
                + "limits.connections to \(Self.round(scale.connections, part)) and limits.streams to "
                + "\(Self.round(scale.streams, part)), or fewer")
    }

    /// A part of a limit, rounded down to two digits, so that it can be typed.
    private static func round(_ limit: Int, _ part: Double) -> Int {
        let number = Int(Double(limit) * part)
        var unit = 1
        while number / unit >= 100 { unit *= 10 }
        return max(1, number / unit * unit)
    }

    /// Rounded up: to three digits or so.
    static func text(_ bytes: Int) -> String {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        guard let (name, size) = units.first(where: { bytes >= 10 * $0.1 }) else { return "\(bytes) B" }
        return "\((bytes + size - 1) / size) \(name)"
    }
}
