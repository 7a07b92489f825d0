// Names that peers give, in lines: of users, topics, publishers. A token may stand where a name belongs.

internal import PlainWords

/// A name that a peer has given, as a line may show it.
enum PeerName {
    /// Cut and escaped, and kept back where it looks like a secret: somebody may have put a token where a name belongs.
    static func shown(_ text: String) -> String {
        if let look = SecretLook(text), [.token, .json, .pem].contains(look) { return "(looks like \(look.rawValue))" }
        return LogText.name(text).description
    }
}
