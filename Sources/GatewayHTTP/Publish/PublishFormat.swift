// How a publish request's body is laid out.

/// A publish body's media type.
package enum PublishFormat: Sendable {
    /// One event.
    case json
    /// One event a line.
    case ndjson

    /// - Parameter contentType: the field's value; parameters such as `charset` change nothing, JSON is UTF-8
    ///   (RFC 8259 §8.1).
    /// - Throws: ``Problem`` for anything else. A form's media types are refused, too: those a page may post without a
    ///   preflight.
    package init(_ contentType: String?) throws(Problem) {
        // As nearly everyone writes it, before it is taken apart.
        guard let format = contentType.flatMap({ Self(essence: $0) ?? Self(essence: Self.essence(of: $0)) }) else {
            throw .mediaTypeUnsupported
        }
        self = format
    }

    private init?(essence: String) {
        switch essence {
        case "application/json": self = .json
        case "application/x-ndjson": self = .ndjson
        default: return nil
        }
    }

    private static func essence(of contentType: String) -> String {
        contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
