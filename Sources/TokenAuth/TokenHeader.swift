// What a token says of its own signature (RFC 7515 §4). Believed in nothing: it names a key, and the key decides.

internal import PeerText

/// A token's JOSE header, free of everything that must not be passed over.
struct TokenHeader {
    let algorithm: SigningAlgorithm
    /// Nothing when it has none: then one key of the issuer alone has to fit.
    let keyID: String?

    init(json: [UInt8]) throws(TokenRefusal) {
        var json = try TokenJSON(json, .header)
        var header = try json.beginObject()
        var (algorithm, keyID): (String?, String?) = (nil, nil)
        while let name = try json.nextMember(of: &header) {
            switch name {
            case "alg": algorithm = try json.string("alg")
            case "kid": keyID = try json.string("kid")
            case "typ": try Self.check(type: try json.string("typ"))
            case "cty": try Self.check(contentType: try json.string("cty"))
            default:
                if let refusal = Self.refusal(of: name) { throw refusal }
                try json.skipValue()
            }
        }
        try json.finish()
        (self.algorithm, self.keyID) = (try Self.checked(algorithm), try Self.checked(keyID: keyID))
    }

    /// RFC 8725 §3.1, §3.2. Names are compared exactly (RFC 7515 §4.1.1), so there is no spelling of `none` either.
    private static func checked(_ algorithm: String?) throws(TokenRefusal) -> SigningAlgorithm {
        guard let algorithm else { throw TokenRefusal(.malformed, "The token's header has no `alg`.") }
        guard let algorithm = SigningAlgorithm(name: algorithm) else {
            throw TokenRefusal(
                .algorithm, "The token's `alg` is not accepted: sign it with one of \(SigningAlgorithm.names).")
        }
        return algorithm
    }

    private static func checked(keyID: String?) throws(TokenRefusal) -> String? {
        guard let keyID else { return nil }
        // What names a key in a dictionary has passed the rule that the keys' own names have: equal names are equal
        // bytes.
        guard NameRule.allows(keyID) else {
            throw TokenRefusal(.keyUnknown, "The token's `kid` is no name that a key of this gateway has (auth.keys).")
        }
        return keyID
    }

    /// RFC 8725 §3.11: a token that was made for something else says so. `JWT` (RFC 7519 §5.1) and `at+jwt` (RFC 9068
    /// §2.1) are access tokens, also with the `application/` that RFC 7515 §4.1.9 has left out.
    private static func check(type: String) throws(TokenRefusal) {
        guard
            type.equalsIgnoringCase("jwt") || type.equalsIgnoringCase("at+jwt")
                || type.equalsIgnoringCase("application/jwt") || type.equalsIgnoringCase("application/at+jwt")
        else {
            throw TokenRefusal(.malformed, "The token's `typ` should be JWT or at+jwt, or be left out.")
        }
    }

    /// Header parameters that would change what the signature means if they were obeyed, and are not to be ignored.
    private static func refusal(of name: String) -> TokenRefusal? {
        switch name {
        case "crit", "b64":
            // RFC 7515 §4.1.11, RFC 7797 §3: we understand no extension.
            TokenRefusal(.malformed, "The token uses an extension (`crit` or `b64`): issue it without.")
        case "jku", "jwk", "x5u":
            // RFC 8725 §3.10: keys come from the operator, never from a token. `x5c`, `x5t` and `x5t#S256` speak of
            // certificates, which nobody here looks at: they are passed over like all that is not known (RFC 7515 §4).
            TokenRefusal(.malformed, "The token brings a key or an address of one: issue it without, with `kid` alone.")
        case "zip", "enc": nestedRefusal
        default: nil
        }
    }

    /// RFC 7519 §5.2: `JWT` says that a token is nested in this one. Any other type is for the application to read (RFC
    /// 7515 §4.1.10), and this one reads JSON in any case.
    private static func check(contentType: String) throws(TokenRefusal) {
        guard contentType.equalsIgnoringCase("jwt") || contentType.equalsIgnoringCase("application/jwt") else { return }
        throw nestedRefusal
    }

    /// RFC 8725 §3.6: nothing is unpacked.
    private static var nestedRefusal: TokenRefusal {
        TokenRefusal(.malformed, "The token is compressed, encrypted or nested: issue a plain signed one.")
    }
}
