// What the names of users and topics may be made of. One rule, because both end in grants, logs and the hub's index.

/// The rule for names.
enum NameRule {
    /// The most bytes that a name may have, in UTF-8.
    static let maximumBytes = 256

    /// Whether `name` has 1 to 256 bytes, no control character (C0, DEL, C1), no `*` and is in Unicode's form NFC.
    ///
    /// `*`: whoever grants `user:` followed by a name must not grant all users to the one who is called that.
    /// NFC: Swift's strings are equal when Unicode holds them for equivalent, grants are compared byte by byte; with
    /// NFC both are the same, and a name can be written in one way only.
    static func allows(_ name: String) -> Bool {
        guard (1...maximumBytes).contains(name.utf8.count) else { return false }
        var text = name.utf8Span
        let (isPrintable, isASCII) = look(at: text.span)
        return isPrintable && (isASCII || text.checkForNFC(quickCheck: false))
    }

    /// What is wrong with `name`, as the end of a sentence that begins with what it names; nothing when it is allowed.
    ///
    /// The form is spoken of only when it is the fault: few know of it, and nobody sees it in a name.
    static func fault(of name: String) -> String? {
        guard !allows(name) else { return nil }
        let isOfGoodBytes = (1...maximumBytes).contains(name.utf8.count) && look(at: name.utf8Span.span).isPrintable
        return isOfGoodBytes
            ? "has to be in Unicode form NFC, which this one is not (text typed on a Mac often is in NFD); "
                + "normalize it, in JavaScript by `name.normalize()`"
            : "has 1 to 256 bytes, and neither control characters nor `*`"
    }

    private static func look(at bytes: Span<UInt8>) -> (isPrintable: Bool, isASCII: Bool) {
        var (previous, seen) = (UInt8(0), UInt8(0))
        for index in bytes.indices {
            let byte = bytes[index]
            // U+0080 to U+009F are 0xC2 and this byte.
            let isC1 = previous == 0xc2 && byte < 0xa0
            if byte < 0x20 || byte == 0x7f || isC1 || byte == UInt8(ascii: "*") { return (false, false) }
            previous = byte
            seen |= byte
        }
        return (true, seen < 0x80)
    }
}

/// Names of topics.
package enum TopicName {
    /// Whether a topic may be called so: 1 to 256 bytes, no control character, no `*`, Unicode form NFC.
    ///
    /// - Parameter name: what a subscriber or publisher asks for.
    package static func isValid(_ name: String) -> Bool { NameRule.allows(name) }

    /// What keeps a topic from being called so, for a sentence that begins with "A topic"; nothing when it may.
    package static func fault(of name: String) -> String? { NameRule.fault(of: name) }
}

/// Names of users, which is what a token's `sub` is.
package enum UserName {
    /// Whether a user may be called so: 1 to 256 bytes, no control character, no `*`, Unicode form NFC.
    ///
    /// - Parameter name: what a publisher asks for, or a token says.
    package static func isValid(_ name: String) -> Bool { NameRule.allows(name) }

    /// What keeps a user from being called so, for a sentence that begins with "A user"; nothing when it may.
    package static func fault(of name: String) -> String? { NameRule.fault(of: name) }
}

/// Names of roles and scopes that `auth.grants` may give a meaning.
package enum RoleName {
    /// What keeps a role from being called so, for a sentence that begins with what names it; nothing when it may.
    package static func fault(of name: String) -> String? { NameRule.fault(of: name) }
}

/// Names of tokens: `jti` (RFC 7519 §4.1.7).
package enum TokenName {
    /// What keeps a token from being called so, for a sentence that begins with what names it; nothing when it may.
    package static func fault(of name: String) -> String? { NameRule.fault(of: name) }
}
