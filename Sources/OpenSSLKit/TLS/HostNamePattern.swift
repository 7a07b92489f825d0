// Whether a name in a certificate covers a host name. A pure function of two texts; nothing here touches a certificate.

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
