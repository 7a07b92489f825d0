// Whom an event is for, by the rule without an index. Engines and hub look it up instead; the tests hold them to this.

package import EventLog

extension Interest {
    /// Whether an event for `audience` is for a stream with this interest.
    package func includes(_ audience: Audience) -> Bool {
        switch audience {
        case .user(let name): name == user
        case .users(let names): names.contains(user)
        case .topic(let topic): topics.contains(topic)
        case .everyone: true
        }
    }
}
