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
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch type {
        case "application/json": self = .json
        case "application/x-ndjson": self = .ndjson
        default: throw .mediaTypeUnsupported
        }
    }
}
