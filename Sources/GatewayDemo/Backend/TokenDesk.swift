// The first of the two things that a backend does for Sluice: it knows who has logged in, and says so in a token. Copy
// this; in another language any JWT library does the same. It knows nothing of logging in.

internal import TokenAuth

/// Issues the tokens of the demo.
struct TokenDesk: Sendable {
    /// Signs with the secret that backend and gateway share (`auth.keys`).
    let issuer: TokenIssuer
    /// What the gateway wants to read as `iss` and `aud`, where it is told to check them.
    let names: DemoSettings.TokenNames
    /// Whom this backend publishes to: one user, or everyone. No user is ever given this.
    let publishing: Grants
    /// What a user is given beside its own events and everyone's.
    var reading = Grants.none
    let clock: @Sendable () -> Int64

    /// A token for a user who has logged in. Without grants it reads the user's own events and everyone's, nothing
    /// more; ``reading`` is what this backend adds.
    ///
    /// - Parameters:
    ///   - user: as the backend's own session says; never as a request says.
    ///   - seconds: short, because a token is good until its end. The page comes for the next one in time.
    func token(for user: String, seconds: Int64) throws(TokenIssueError) -> String {
        try issue(user, seconds, reading)
    }

    /// A token for the backend itself, to publish with. It never leaves the backend.
    func backendToken(seconds: Int64) throws(TokenIssueError) -> String {
        try issue("demo-backend", seconds, publishing)
    }

    /// A token to see who is connected with. It never leaves the backend either.
    func lookoutToken(seconds: Int64) throws -> String {
        try issue("demo-lookout", seconds, Grants(isAdmin: true))
    }

    private func issue(_ subject: String, _ seconds: Int64, _ grants: Grants) throws(TokenIssueError) -> String {
        try issuer.issue(
            subject: subject, lifetimeSeconds: seconds, grants: grants, issuer: names.issuer, audience: names.audience,
            now: NumericDate(secondsSinceEpoch: clock() / 1000))
    }
}
