// A number of bytes for people.

/// Bytes with a unit, to a tenth.
struct ByteCount: CustomStringConvertible {
    private let bytes: Int

    init(_ bytes: Int) { self.bytes = bytes }

    var description: String {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        guard let (size, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) bytes" }
        let (whole, tenths) = ((bytes / size), bytes % size * 10 / size)
        return tenths == 0 ? "\(whole) \(name)" : "\(whole).\(tenths) \(name)"
    }
}
