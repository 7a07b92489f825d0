// The files that the gateway serves: the browser's module, and the description of what the gateway serves. They are the
// same for everyone and need no credential. Which pages may read them is CORS's matter, like everything here.

internal import APIDescription
internal import BrowserClient
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import PeerText

/// One file with its validator.
struct ModuleFile {
    private let mediaType: String
    /// All answers share it: a client that reads none of a hundred answers costs no copy.
    private let body: ByteBuffer
    private let entityTag: String

    static let script = ModuleFile(.script)
    static let types = ModuleFile(.types)
    static let description = ModuleFile(mediaType: APIDescription.mediaType, bytes: APIDescription.bytes)

    private init(_ file: BrowserModule) { self.init(mediaType: file.mediaType, bytes: file.bytes) }

    private init(mediaType: String, bytes: [UInt8]) {
        self.mediaType = mediaType
        body = ByteBuffer(bytes: bytes)
        entityTag = "\"\(String(Self.checksum(bytes), radix: 16))\""
    }

    /// A client asks again each time, and gets a changed file: a page must not run last week's module against this
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

    /// FNV-1a. It tells versions apart, and protects against nothing.
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
