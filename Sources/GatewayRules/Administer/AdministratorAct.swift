// What an administrator did, for an operator who asks afterwards. It is made when it is over, and never has a token.

package import EventHub
package import EventLog
package import PeerText

/// A revocation, or an end of streams, that an administrator asked for.
///
/// Names are the client's own. Make them safe before you write them down.
package struct AdministratorAct: Sendable, Equatable {
    /// What was asked for.
    package enum Deed: Sendable, Equatable {
        case revoke(Revocation.Target, issuedBefore: Int64?)
        /// A user's streams, or the one of this name.
        case kick(user: String, stream: StreamName?, isRetryable: Bool)
    }

    /// The subject of the token that asked.
    package let administrator: String
    /// Where the request came from.
    package let client: ClientAddress?
    package let deed: Deed
    /// How many streams ended; or why nothing was done, as the problem's code.
    package let result: Result

    package enum Result: Sendable, Equatable {
        case ended(streams: Int)
        case failed(code: String)
    }

    /// - Parameters:
    ///   - administrator: the subject of the token that asked.
    ///   - client: where the request came from.
    package init(administrator: String, client: ClientAddress?, deed: Deed, result: Result) {
        self.administrator = administrator
        self.client = client
        self.deed = deed
        self.result = result
    }
}

/// Who asks for something that only an administrator may do.
struct Administrator: Sendable {
    let subject: String
    let client: ClientAddress?
    private let note: @Sendable (AdministratorAct) -> Void

    init(_ subject: String, at client: ClientAddress?, note: @escaping @Sendable (AdministratorAct) -> Void) {
        (self.subject, self.client, self.note) = (subject, client, note)
    }

    /// Notes what became of what was asked.
    func did(_ deed: AdministratorAct.Deed, _ result: AdministratorAct.Result) {
        note(AdministratorAct(administrator: subject, client: client, deed: deed, result: result))
    }
}
