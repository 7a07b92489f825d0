// The rows of `session.…`.

extension Settings {
    static let sessions: [Setting] = [
        .choice(
            "session.same_site", reload: .atOnce,
            "`SameSite` of the session cookie; `none` is for pages of another site, and adds `Partitioned`",
            into: \.configuration.session.sameSite),
        .time(
            "session.expiry_notice", .seconds(1)...(.seconds(3600)), reload: .newStreams,
            "how long before its token ends a stream gets `sluice.expiring`; at the earliest at half of its time",
            into: \.configuration.session.expiryNotice),
    ]
}
