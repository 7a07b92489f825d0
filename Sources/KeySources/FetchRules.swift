// How often keys are fetched, how long they serve, and how long a request waits for them: the limits of one issuer.

/// The times of an issuer's key source.
package struct FetchRules: Sendable, Equatable {
    /// At least so much time lies between the beginnings of two fetches, whatever tokens name (`auth.fetch.cooldown`).
    package var cooldown: Duration
    /// How long keys serve on when they should have been fetched anew and could not be (`auth.fetch.stale_limit`;
    /// RFC 5861 §4).
    package var staleLimit: Duration

    package init(cooldown: Duration = .seconds(5), staleLimit: Duration = .seconds(24 * 3600)) {
        self.cooldown = cooldown
        self.staleLimit = staleLimit
    }

    /// What `max-age` is at least taken for: a provider that forbids caching is asked once a minute.
    static let shortestRefresh = Duration.seconds(60)
    /// What `max-age` is at most taken for: a key that a provider takes back counts no longer than a day.
    static let longestRefresh = Duration.seconds(24 * 3600)
    /// When a provider says nothing.
    static let usualRefresh = Duration.seconds(600)
    /// What the wait between failed fetches grows to.
    static let longestBackoff = Duration.seconds(60)
    /// How long a request waits for a key at most. A page's `EventSource` has no time limit of its own.
    package static let patience = Duration.seconds(10)
    /// How many requests wait for the keys of one issuer at most; further ones are told to come again.
    static let waitingRequests = 1024
    /// How long after a fetch those whom it has told are judged anew, at the latest. Shorter than ``patience`` without
    /// ``fetchTime``, so that a request whose own time is over is not taken for one of them. They are judged in turns
    /// of their loop. On one that is so busy that it takes longer, the last are told to come again, and not that there
    /// is no such key.
    static let judgedWithin = Duration.seconds(2)
    /// How long the keys of a source that a reload has changed serve on, while the new source is fetched.
    static let takenOver = Duration.seconds(60)
    /// How long a fetch may take, name look-up, handshakes, redirects and discovery included.
    static let fetchTime = Duration.seconds(5)
    /// How many bytes a document may have.
    static let documentBytes = 1 << 20
    /// How many redirects are followed, all of them on the same host.
    static let redirects = 3
}
