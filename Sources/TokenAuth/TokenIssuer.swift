// Makes tokens: for the command line, the demo and tests. A backend of one's own issues them with any JWT library.

internal import OpenSSLKit
internal import StrictJSON

/// Signs tokens with one key of a key set.
package struct TokenIssuer: Sendable {
    private let key: SigningKey

    /// - Parameters:
    ///   - keys: the key set.
    ///   - keyID: which key to sign with. Nothing: the first that may sign.
    /// - Throws: ``KeySetError`` when there is no such key, or it may not sign.
    package init(keys: KeySet, keyID: String? = nil) throws(KeySetError) {
        key = try keys.issuingKey(named: keyID)
    }

    /// A token that ``TokenVerifier`` accepts.
    ///
    /// - Parameters:
    ///   - subject: the user.
    ///   - lifetimeSeconds: how long it is good for.
    ///   - grants: what its holder may do beyond reading its own events and everyone's.
    ///   - issuer: `iss`.
    ///   - audience: `aud`.
    ///   - tokenID: `jti`.
    ///   - now: what time it is; becomes `iat`.
    /// - Throws: ``TokenIssueError`` when no verifier would take it.
    package func issue(
        subject: String, lifetimeSeconds: Int64, grants: Grants = .none, issuer: String? = nil, audience: String? = nil,
        tokenID: String? = nil, now: NumericDate
    ) throws(TokenIssueError) -> String {
        try Self.check(subject: subject, tokenID: tokenID)
        let expiresAt = try Self.end(of: lifetimeSeconds, from: now)
        var claims = JSONWriter()
        claims.object { members in
            members.string("sub", subject)
            if let issuer { members.string("iss", issuer) }
            if let audience { members.string("aud", audience) }
            members.integer("iat", now.secondsSinceEpoch)
            members.integer("exp", expiresAt)
            if let tokenID { members.string("jti", tokenID) }
            if grants != .none { members.object("sluice") { Self.write(grants, to: &$0) } }
        }
        return try sign(claims.bytes)
    }

    private static func check(subject: String, tokenID: String?) throws(TokenIssueError) {
        let rule = "1 to 256 bytes in Unicode form NFC, no control characters, no `*`"
        guard UserName.isValid(subject) else { throw TokenIssueError(.subject, "The user's name should have \(rule).") }
        if let tokenID, !NameRule.allows(tokenID) {
            throw TokenIssueError(.tokenID, "The token's id should have \(rule).")
        }
    }

    private static func end(of lifetime: Int64, from now: NumericDate) throws(TokenIssueError) -> Int64 {
        let (end, overflow) = now.secondsSinceEpoch.addingReportingOverflow(lifetime)
        guard lifetime > 0, !overflow, NumericDate.range.contains(now.secondsSinceEpoch),
            NumericDate.range.contains(end)
        else {
            throw TokenIssueError(.lifetime, "The lifetime should be a second at least, and end before the year 10000.")
        }
        return end
    }

    private static func write(_ grants: Grants, to members: inout JSONMembers) {
        let (subscribe, publish) = (grants.subscribe, grants.publish)
        if !subscribe.isEmpty { members.strings("subscribe", subscribe) }
        if !publish.isEmpty { members.strings("publish", publish) }
        if grants.isAdmin { members.bool("admin", true) }
    }

    /// RFC 7515 §5.1.
    private func sign(_ claims: [UInt8]) throws(TokenIssueError) -> String {
        var header = JSONWriter()
        header.object { members in
            members.string("alg", key.algorithm.rawValue)
            members.string("typ", "JWT")
            if let keyID = key.keyID { members.string("kid", keyID) }
        }
        var token = Base64URL.encode(header.bytes)
        token.append(UInt8(ascii: "."))
        token += Base64URL.encode(claims)
        do {
            let signature = try key.material.signature(for: token.span)
            token.append(UInt8(ascii: "."))
            token += Base64URL.encode(signature)
        } catch {
            throw TokenIssueError(.signing, "OpenSSL can't sign: \(error.reason)")
        }
        return String(decoding: token, as: UTF8.self)
    }
}

// Why a token is not issued: no verifier would take it.

/// A token that is not issued.
package struct TokenIssueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let code: Code
    /// What is wrong, and what it should be.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// What can be wrong with an order for a token.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// The user's name.
        package static let subject = Code(name: "subject")
        /// The token's own name.
        static let tokenID = Code(name: "token-id")
        /// How long it should be good for.
        package static let lifetime = Code(name: "lifetime")
        /// OpenSSL failed.
        static let signing = Code(name: "signing")
    }
}
