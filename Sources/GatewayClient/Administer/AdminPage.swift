// What an administrator is answered, and which tokens it names.

package import NIOCore
internal import StrictJSON

/// A page of a list.
package struct AdminPage: Sendable, Equatable {
    /// Each element's JSON, as it came.
    package private(set) var elements: [String] = []
    /// What to ask for the next page with; nothing when there is none.
    package private(set) var next: String?

    /// - Parameter name: the member that holds the list.
    init?(json: [UInt8], _ name: String) {
        guard (try? read(json, name)) == true else { return nil }
    }

    private mutating func read(_ json: [UInt8], _ name: String) throws -> Bool {
        var reader = try JSONReader(json)
        var (object, isThere) = (try reader.beginObject(), false)
        while let member = try reader.nextMember(of: &object) {
            switch member {
            case name:
                try readElements(&reader)
                isThere = true
            case "next": next = try reader.readString()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        return isThere
    }

    private mutating func readElements(_ reader: inout JSONReader) throws {
        var array = try reader.beginArray()
        while try reader.nextElement(of: &array) {
            elements.append(ProblemDetail.printable(String(decoding: try reader.readRaw(), as: UTF8.self)))
        }
    }
}

/// Tokens to revoke.
package enum RevokedTokens: Sendable, Equatable {
    /// The one of this `jti`.
    case token(String)
    /// A user's, issued before a second since 1970; without it, up to now.
    case user(String, issuedBefore: Int64?)
    case everyone(issuedBefore: Int64)

    /// The body of `POST /v1/revocations`.
    package var json: ByteBuffer {
        var writer = JSONWriter()
        writer.object { members in
            switch self {
            case .token(let name): members.string("jti", name)
            case .user(let name, let issuedBefore):
                members.string("sub", name)
                if let issuedBefore { members.integer("issuedBefore", issuedBefore) }
            case .everyone(let issuedBefore):
                members.bool("everyone", true)
                members.integer("issuedBefore", issuedBefore)
            }
        }
        return ByteBuffer(bytes: writer.bytes)
    }
}
