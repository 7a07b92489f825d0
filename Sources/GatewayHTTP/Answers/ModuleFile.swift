// The browser's module, as the gateway serves it. It is the same for everyone and needs no credential; which pages may read
// it is CORS's matter, like everything here.

internal import BrowserClient
internal import HTTPTypes
internal import NIOCore
internal import PeerText

/// One file with its validator.
struct ModuleFile {
    private let mediaType: String
    /// Shared by all answers: a client that takes none of a hundred of them has none of them copied.
    private let body: ByteBuffer
    private let entityTag: String

    static let script = ModuleFile(.script)
    static let types = ModuleFile(.types)

    private init(_ file: BrowserModule) {
        mediaType = file.mediaType
        body = ByteBuffer(bytes: file.bytes)
        entityTag = "\"\(String(Self.checksum(file.bytes), radix: 16))\""
    }

    /// Asked for again each time, and sent again when it has changed: a page must not run last week's module against this
    /// week's gateway (RFC 9111 §5.2.2.4).
    func answer(to request: HTTPRequest, _ cors: HTTPFields) -> Answer {
        let fields: HTTPFields = [.cacheControl: "no-cache", .eTag: entityTag]
        guard !isKnown(to: request) else { return Answer(.notModified, fields: fields + cors) }
        return Answer(
            .ok, fields: fields + [.contentType: mediaType, .xContentTypeOptions: "nosniff"] + cors, file: body)
    }

    /// RFC 9110 §13.1.2, weak comparison: an intermediary may have made the tag weak.
    private func isKnown(to request: HTTPRequest) -> Bool {
        request.headerFields[values: .ifNoneMatch].contains { field in
            field.utf8.split(separator: UInt8(ascii: ",")).map(\.trimmed).contains { tag in
                tag.isSame(as: "*") || tag.isSame(as: entityTag) || tag.isSame(as: "W/\(entityTag)")
            }
        }
    }

    /// FNV-1a: tells versions apart, and is no protection.
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
