// One `Set-Cookie` field, as browsers read it (RFC 6265bis §5.6).

import Foundation

/// A cookie that a server wants to be kept.
struct SetCookie: Sendable, Equatable {
    /// The name.
    let name: String
    /// The value: a secret.
    let value: String
    private let attributes: [String: String]

    /// - Parameter field: the field's value.
    init?(_ field: String) {
        let parts = field.split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed) }
        guard let pair = parts.first, pair.count == 2, !pair[0].isEmpty else { return nil }
        (name, value) = (pair[0], pair[1])
        attributes = Dictionary(parts.dropFirst().map { ($0[0].lowercased(), $0.count == 2 ? $0[1] : "") }) { $1 }
    }

    private static func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }

    /// An attribute's value; empty for one without.
    ///
    /// - Parameter attribute: its name in lower case.
    subscript(attribute: String) -> String? { attributes[attribute] }

    /// As the browser sends it back.
    var pair: String { "\(name)=\(value)" }
}
