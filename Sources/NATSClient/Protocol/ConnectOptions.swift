// `CONNECT`: what a client says of itself, its credentials included.

internal import StrictJSON

/// A `CONNECT`'s members.
///
/// `verbose` and `pedantic` are always false: what a server accepts it need not confirm each time. `protocol` is 1: the
/// server may send `INFO` again, which tells of a change of the cluster and of a lame duck.
struct ConnectOptions: Sendable, Equatable {
    /// What the client shows of itself in the server's lists.
    var name = ""
    var isTLSRequired = false
    var user: String?
    var password: Secret?
    var token: Secret?
    /// The public half of an NKey.
    var nkey: String?
    /// The signed JWT of a user.
    var jwt: Secret?
    /// The server's nonce, signed.
    var signature: String?

    /// As JSON.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { members in
            members.bool("verbose", false)
            members.bool("pedantic", false)
            members.bool("tls_required", isTLSRequired)
            members.string("name", name)
            members.string("lang", "swift")
            members.string("version", "1")
            members.integer("protocol", 1)
            members.bool("echo", false)
            members.bool("headers", true)
            members.bool("no_responders", true)
            if let user { members.string("user", user) }
            if let password { members.string("pass", password.text) }
            if let token { members.string("auth_token", token.text) }
            if let nkey { members.string("nkey", nkey) }
            if let jwt { members.string("jwt", jwt.text) }
            if let signature { members.string("sig", signature) }
        }
        return writer.bytes
    }
}

/// A text that shows itself to nobody who prints it.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    /// Keeps a text.
    package init(_ text: String) { self.text = text }

    /// Nothing of the text.
    package var description: String { "a secret" }
    /// Nothing of the text.
    package var debugDescription: String { description }
    /// Nothing of the text: `dump` prints by this.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
