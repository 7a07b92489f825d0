// Whom a path below `/v1/users/` names. It names whom an administrator asks about, and chooses no identity.

internal import EventHub
internal import HTTPServing
internal import HTTPTypes
internal import PeerText
internal import TokenAuth

/// `/v1/users/{user}/streams`, or one of these streams.
struct UserPath: Equatable {
    let user: String
    /// Nothing for all.
    let stream: StreamName?

    /// - Parameter path: of a request's target.
    /// - Throws: ``Problem`` when what it names can't be a user or a stream.
    init(_ path: String) throws(Problem) {
        guard let (user, stream) = Self.segments(of: path) else { throw .pathUnknown }
        self.user = try Self.user(user)
        guard let stream else {
            self.stream = nil
            return
        }
        guard let name = StreamName(Substring(stream)) else { throw .streamNameInvalid }
        self.stream = name
    }

    /// Cuts the path before anything in it is decoded: `%2F` is a part of a name (RFC 3986 §2.2).
    static func segments(of path: String) -> (user: Substring.UTF8View, stream: Substring.UTF8View?)? {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 5 || parts.count == 6, parts[0].isEmpty, parts[1].isSame(as: "v1"),
            parts[2].isSame(as: "users"), parts[4].isSame(as: "streams")
        else { return nil }
        return (parts[3], parts.count == 6 ? parts[5] : nil)
    }

    private static func user(_ segment: Substring.UTF8View) throws(Problem) -> String {
        guard let name = segment.percentDecoded().flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw .requestMalformed("The user in the path is not percent-encoded UTF-8.")
        }
        if let fault = UserName.fault(of: name) {
            throw Problem(.badRequest, "user-invalid", "A user \(fault). It is the `sub` of its tokens.")
        }
        return name
    }
}

extension Problem {
    static let streamNameInvalid = Problem(
        .badRequest, "stream-invalid", "A stream has a name such as 1-5: the response's field Sluice-Stream has it.")
}
