// Which of several identities answers to a host name. A pure decision; it does not load or install anything.

/// Identities by the host name a client asks for (SNI, RFC 6066 §3).
struct IdentityTable: Sendable {
    /// Identities with the same names, e.g. one with an EC and one with an RSA key; OpenSSL picks by what the client
    /// can verify.
    struct Group: Sendable {
        let names: Set<String>
        let patterns: [HostNamePattern]
        package fileprivate(set) var identities: [Identity]
    }

    /// The groups; the first is the default.
    private(set) var groups: [Group] = []

    /// - Parameter identities: The first, with all that have the same names, is the default.
    init(_ identities: [Identity]) {
        for identity in identities { insert(identity) }
    }

    /// Which group answers to `host`: an exact name goes before a wildcard, and an earlier group before a later one.
    ///
    /// - Returns: An index into ``groups``, or `nil` when no certificate has the name.
    func index(for host: String) -> Int? {
        let host = host.lowercased()
        return groups.firstIndex { $0.names.contains(host) }
            ?? groups.firstIndex { group in group.patterns.contains { $0.covers(host) } }
    }

    private mutating func insert(_ identity: Identity) {
        let names = Set(identity.hostNames.map { $0.lowercased() })
        if let index = groups.firstIndex(where: { $0.names == names }) {
            groups[index].identities.append(identity)
        } else {
            groups.append(Group(names: names, patterns: names.map(HostNamePattern.init), identities: [identity]))
        }
    }
}
