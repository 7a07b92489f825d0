internal import NIOCore

/// One line of an event stream, told apart by kind (HTML standard §9.2.6). What the fields mean is `EventBlock`'s.
enum EventStreamLine: Equatable {
    /// An empty line: the block ends.
    case blank
    case comment(String)
    case data(ByteBuffer)
    case event(String)
    case id(String)
    case retry(milliseconds: Int)
    /// An unknown field, or a known one with a value that must be ignored.
    case ignored

    private static let colon: UInt8 = 0x3A
    private static let space: UInt8 = 0x20

    /// Reads a line.
    ///
    /// - Parameter line: its readable bytes are the line without its line break.
    init(_ line: ByteBuffer) {
        let bytes = line.readableBytesView
        guard let first = bytes.first else {
            self = .blank
            return
        }
        let colon = bytes.firstIndex(of: Self.colon) ?? bytes.endIndex
        var value = bytes[colon...].dropFirst()
        if value.first == Self.space { value = value.dropFirst() }
        if first == Self.colon {
            self = .comment(String(decoding: value, as: UTF8.self))
        } else {
            self = Self.field(bytes[..<colon], value: value)
        }
    }

    /// Field names are compared byte for byte: `Data` and ` data` are unknown.
    private static func field(_ name: ByteBufferView, value: ByteBufferView) -> EventStreamLine {
        switch name.count {
        case 4 where name.elementsEqual("data".utf8): .data(ByteBuffer(value))
        case 5 where name.elementsEqual("event".utf8): .event(String(decoding: value, as: UTF8.self))
        case 5 where name.elementsEqual("retry".utf8): retry(value)
        case 2 where name.elementsEqual("id".utf8): id(value)
        default: .ignored
        }
    }

    /// An id with NUL could not be sent back in a header field.
    private static func id(_ value: ByteBufferView) -> EventStreamLine {
        value.contains(0) ? .ignored : .id(String(decoding: value, as: UTF8.self))
    }

    /// Only ASCII digits count, and at least one of them: browsers do not read an empty value as zero. A number beyond
    /// `Int` means "very long", so it saturates.
    private static func retry(_ value: ByteBufferView) -> EventStreamLine {
        guard !value.isEmpty, value.allSatisfy({ (0x30...0x39).contains($0) }) else { return .ignored }
        return .retry(milliseconds: Int(String(decoding: value, as: UTF8.self)) ?? .max)
    }
}
