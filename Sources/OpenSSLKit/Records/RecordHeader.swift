// The five bytes before a record, and what is inside a decrypted one. Values; nothing is decrypted here.

/// What a peer did that RFC 8446 does not allow, and the alert that tells it so.
struct RecordViolation: Error, Equatable {
    let alert: TLSAlert
    let reason: String

    static func unexpected(_ reason: String) -> Self { .init(alert: TLSAlert(code: 10), reason: reason) }
    static func overflow(_ reason: String) -> Self { .init(alert: TLSAlert(code: 22), reason: reason) }
    static func decode(_ reason: String) -> Self { .init(alert: TLSAlert(code: 50), reason: reason) }
    static func illegal(_ reason: String) -> Self { .init(alert: TLSAlert(code: 47), reason: reason) }
    static let badMAC = Self(alert: TLSAlert(code: 20), reason: "a record does not authenticate")
}

/// The header of a protected record (RFC 8446 §5.2).
struct RecordHeader: Equatable {
    /// The size of a header, in bytes.
    static let byteCount = 5
    /// The most bytes behind a protected record's header (RFC 8446 §5.2).
    static let maximumBody = 16_384 + 256

    /// How many bytes follow the header.
    let bodyBytes: Int

    init(bodyBytes: Int) { self.bodyBytes = bodyBytes }

    /// - Parameter bytes: at least the five of a header. The version is ignored (RFC 8446 §5.2).
    init(_ bytes: UnsafeRawBufferPointer) throws(RecordViolation) {
        guard bytes[0] == ContentType.applicationData.rawValue else {
            throw .unexpected("a record of type \(bytes[0]) came unprotected")
        }
        bodyBytes = Int(bytes[3]) << 8 | Int(bytes[4])
        guard bodyBytes <= Self.maximumBody else { throw .overflow("a record has \(bodyBytes) bytes") }
        // A record has at least a type and a tag.
        guard bodyBytes > RecordSuite.tagBytes else { throw .badMAC }
    }

    /// How many of these bytes are whole records of any kind, protected or not. Bytes that begin like no record are not
    /// waited for, and count: nothing more is needed to refuse them.
    ///
    /// - Parameter bytes: What begins with a record.
    static func wholeBytes(of bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        while count < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
            guard rest[0] >= 20, rest[0] <= 23, rest.count < 2 || rest[1] == 3 else { return bytes.count }
            guard rest.count >= byteCount else { return count }
            let body = Int(rest[3]) << 8 | Int(rest[4])
            guard body <= maximumBody else { return bytes.count }
            guard rest.count >= byteCount + body else { return count }
            count += byteCount + body
        }
        return count
    }

    /// - Parameter target: room for the five bytes.
    func write(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: ContentType.applicationData.rawValue, toByteOffset: 0, as: UInt8.self)
        target.storeBytes(of: UInt16(0x0303).bigEndian, toByteOffset: 1, as: UInt16.self)
        target.storeBytes(of: UInt16(truncatingIfNeeded: bodyBytes).bigEndian, toByteOffset: 3, as: UInt16.self)
    }
}

/// The content types that a protected record may have (RFC 8446 §5.1).
enum ContentType: UInt8 {
    case alert = 21
    case handshake = 22
    case applicationData = 23
}

/// A decrypted record without its padding: `content ‖ type ‖ zeros` (RFC 8446 §5.2).
struct InnerPlaintext: Equatable {
    let type: ContentType
    /// How many of the decrypted bytes are content.
    let contentBytes: Int

    /// - Parameter bytes: what was decrypted.
    init(_ bytes: UnsafeRawBufferPointer) throws(RecordViolation) {
        var count = bytes.count
        while count > 0, bytes[count - 1] == 0 { count -= 1 }
        guard count > 0 else { throw .unexpected("a record has no content type") }
        guard let type = ContentType(rawValue: bytes[count - 1]) else {
            throw .unexpected("a record has content type \(bytes[count - 1])")
        }
        contentBytes = count - 1
        self.type = type
        guard contentBytes <= RecordScratch.maximumPlaintext else { throw .overflow("a record's content is too long") }
        // RFC 8446 §5.1: only application data may be empty.
        guard contentBytes > 0 || type == .applicationData else { throw .unexpected("an empty \(type) record") }
    }
}
