// Who has logged in to the demo: its own cookie, which the gateway never looks at. A product has its own way of this.

internal import HTTPTypes
internal import PeerText
internal import TokenAuth

/// The demo's session, held by the browser and signed by us, so that it survives a restart of the demo.
struct LoginCookie: Sendable {
    private static let name = "__Host-demo"
    /// Another audience than any gateway's: this cookie is worth nothing there, and the gateway's nothing here.
    private static let audience = "sluice-demo-session"
    private static let seconds: Int64 = 86_400

    private let issuer: TokenIssuer
    private let verifier: TokenVerifier
    private let clock: @Sendable () -> Int64

    init(keys: KeySet, issuer: TokenIssuer, clock: @escaping @Sendable () -> Int64) {
        self.issuer = issuer
        verifier = TokenVerifier(keys: keys, policy: TokenPolicy(audience: Self.audience))
        self.clock = clock
    }

    private var now: NumericDate { NumericDate(secondsSinceEpoch: clock() / 1000) }

    /// The value of `Set-Cookie` for a user who has logged in.
    func setting(_ user: String) throws(TokenIssueError) -> String {
        let value = try issuer.issue(
            subject: user, lifetimeSeconds: Self.seconds, audience: Self.audience, now: now)
        return Self.text(value, seconds: Self.seconds)
    }

    /// The value of `Set-Cookie` that ends the session.
    static var clearing: String { text("", seconds: 0) }

    private static func text(_ value: String, seconds: Int64) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); Secure; HttpOnly; SameSite=Strict"
    }

    /// The user whose session a request shows; nobody when it shows none that is good.
    func user(of request: HTTPRequest) -> String? {
        for field in request.headerFields[values: .cookie] {
            for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
                let (name, value) = pair.trimmed.cut(at: UInt8(ascii: "="))
                guard let value, name.isSame(as: Self.name) else { continue }
                // One that is bad hides none that is good.
                if let claims = try? verifier.verify(value, now: now) { return claims.subject }
            }
        }
        return nil
    }
}
