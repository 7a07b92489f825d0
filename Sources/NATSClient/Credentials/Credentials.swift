// By what a client shows who it is, and the files that tools write it into.

internal import PeerText

/// The credentials of a client.
package enum Credentials: Sendable {
    /// A server that asks for none, or knows the client by its certificate.
    case none
    case user(String, password: Secret)
    case token(Secret)
    case nkey(NKey)
    /// A user's JWT, and the NKey that it is for.
    case jwt(Secret, NKey)

    /// Reads a credentials file (`.creds`), or a file with nothing but an NKey's seed.
    ///
    /// - Parameter bytes: the file.
    /// - Throws: ``NATSError`` with code `credentialsInvalid`. The message repeats nothing of the file.
    package init(file bytes: [UInt8]) throws(NATSError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NATSError(.credentialsInvalid, "the credentials file is not UTF-8")
        }
        let lines = text.utf8.split(separator: 0x0a).map(\.trimmedLine)
        let jwt = try Self.section("-----BEGIN NATS USER JWT-----", of: lines)
        if let seed = try Self.section("-----BEGIN USER NKEY SEED-----", of: lines) {
            let key = try NKey(seed: seed)
            self = jwt.map { .jwt($0, key) } ?? .nkey(key)
        } else if jwt == nil, let seed = lines.first(where: { !$0.isEmpty }) {
            self = .nkey(try NKey(seed: Secret(String(decoding: seed, as: UTF8.self))))
        } else {
            throw NATSError(.credentialsInvalid, "the credentials file has no section USER NKEY SEED")
        }
    }

    /// The one line between a section's first line and its last.
    private static func section(
        _ begin: StaticString, of lines: [Substring.UTF8View]
    ) throws(NATSError) -> Secret? {
        guard let start = lines.firstIndex(where: { $0.isSame(as: "\(begin)") }) else { return nil }
        let content = lines[(start + 1)...].drop(while: \.isEmpty)
        let isEnd = { (line: Substring.UTF8View) in line.starts(with: "-----".utf8) }
        guard let line = content.first, !isEnd(line), let end = content.dropFirst().first(where: { !$0.isEmpty }),
            isEnd(end)
        else { throw NATSError(.credentialsInvalid, "a section of the credentials file has not one line and an end") }
        return Secret(String(decoding: line, as: UTF8.self))
    }

    /// Puts them into a `CONNECT`.
    ///
    /// - Parameter nonce: what the server asked to be signed.
    func apply(to options: inout ConnectOptions, nonce: String?) throws(NATSError) {
        switch self {
        case .none: break
        case .user(let name, let password): (options.user, options.password) = (name, password)
        case .token(let token): options.token = token
        case .nkey(let key):
            options.nkey = key.publicKey
            options.signature = try key.signature(of: try Self.needed(nonce))
        case .jwt(let jwt, let key):
            options.jwt = jwt
            options.signature = try key.signature(of: try Self.needed(nonce))
        }
    }

    private static func needed(_ nonce: String?) throws(NATSError) -> String {
        guard let nonce else {
            throw NATSError(.refused, "the server has no nonce to sign: it is not configured for NKeys or JWTs")
        }
        return nonce
    }
}

extension Substring.UTF8View {
    /// Without the spaces, and the CR of files from elsewhere, around it.
    fileprivate var trimmedLine: Substring.UTF8View {
        (last == 0x0d ? dropLast() : self).trimmed
    }
}
