// Which of several identities answers to a host name. A pure decision that loads and installs nothing.

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

// Whether a name in a certificate covers a host name. A pure function of two texts.

/// A DNS name as it stands in a certificate, perhaps with a wildcard (RFC 9525 §6.3).
struct HostNamePattern: Sendable, Hashable {
    private let labels: [Substring]

    /// - Parameter text: The name in the certificate, e.g. `*.example.com`. Case does not matter.
    init(_ text: String) {
        labels = Self.labels(of: text)
    }

    /// Whether this name covers `host`.
    ///
    /// A wildcard stands for exactly one label, only as the whole leftmost label, and only before at least two others.
    ///
    /// - Parameter host: A host name; one trailing dot and case do not matter.
    func covers(_ host: String) -> Bool {
        let wanted = Self.labels(of: host)
        guard labels.count == wanted.count, wanted.allSatisfy({ !$0.isEmpty }) else { return false }
        guard labels.first == "*" else { return labels == wanted }
        return labels.count > 2 && labels.dropFirst() == wanted.dropFirst()
    }

    private static func labels(of text: String) -> [Substring] {
        var text = text.lowercased()
        if text.hasSuffix(".") { text.removeLast() }
        return text.split(separator: ".", omittingEmptySubsequences: false)
    }
}
