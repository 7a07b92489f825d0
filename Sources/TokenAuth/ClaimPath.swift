// Where a claim stands in a token, as the operator writes it: `sub`, `https://id.example/roles`, `realm_access.roles`.

internal import PeerText
internal import StrictJSON

/// A claim's name, or the names that lead to it with dots between them.
///
/// Names may hold dots themselves, as URLs do: of an object's members that the path begins with, the longest is
/// followed. So a claim of the path's own text wins over whatever lies behind a dot.
package struct ClaimPath: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    package let description: String

    /// The user of a JWT (RFC 7519 §4.1.2).
    package static let subject = ClaimPath(known: "sub")
    /// The gateway's own claim for grants.
    package static let sluice = ClaimPath(known: "sluice")

    /// - Parameter text: 1 to 256 bytes in Unicode form NFC, no control characters, no `*`.
    /// - Returns: nothing when it is none of that.
    package init?(_ text: String) {
        guard NameRule.allows(text) else { return nil }
        description = text
    }

    private init(known text: String) { description = text }

    /// The claim that says whether this one's value is its user's (OpenID Connect Core §5.1); nothing for claims that
    /// users don't choose.
    var proof: String? {
        switch description {
        case "email": "email_verified"
        case "phone_number": "phone_number_verified"
        default: nil
        }
    }

    /// Whether this is the path of the claim of that name, and of no other.
    func isName(_ name: String) -> Bool { name.hasSameBytes(as: description) }

    /// Whether it is a name that leads to no other claim, and of whose claim nothing else is read here.
    var isOwnName: Bool {
        let isProof = description == "email_verified" || description == "phone_number_verified"
        return !description.utf8.contains(UInt8(ascii: ".")) && !isProof && !ClaimSet.names.contains(description)
    }

    /// The path for a refusal, which goes into a header field: RFC 6750 §3 has neither quotes nor anything but ASCII
    /// there.
    var shown: String {
        let isPlain = description.utf8.allSatisfy {
            (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        return isPlain ? "`\(description)`" : "the configured claim"
    }
}

/// Looks for a path's claim while an object's members go by.
struct ClaimSearch {
    private let path: Substring.UTF8View
    private var found: (bytes: Int, rest: Substring.UTF8View?, value: TokenJSON)?

    init(_ path: ClaimPath) { self.path = path.description.bytes }

    private init(rest: Substring.UTF8View) { path = rest }

    /// - Parameters:
    ///   - name: of the member that goes by.
    ///   - json: stands at its value. A copy is kept of the best one, nothing is read yet.
    mutating func pass(_ name: String, at json: TokenJSON) {
        let count = name.utf8.count
        guard count > found?.bytes ?? -1, path.starts(with: name.utf8) else { return }
        let behind = path.dropFirst(count)
        if behind.isEmpty {
            found = (count, nil, json)
        } else if behind.first == UInt8(ascii: ".") {
            found = (count, behind.dropFirst(), json)
        }
    }

    /// A reader that stands at the claim's value; nothing when the token has no such claim. The reader's depth limit
    /// ends the recursion.
    func value() throws(TokenRefusal) -> TokenJSON? {
        guard let found, let rest = found.rest else { return found?.value }
        var json = found.value
        guard try json.kind() == .object else { return nil }
        var search = ClaimSearch(rest: rest)
        var members = try json.beginObject()
        while let name = try json.nextMember(of: &members) {
            search.pass(name, at: json)
            try json.skipValue()
        }
        return try search.value()
    }
}
