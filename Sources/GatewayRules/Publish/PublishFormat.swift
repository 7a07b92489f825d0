// How a publish request's body is laid out, as its fields say.

internal import HTTPServing
internal import HTTPTypes
internal import PeerText

/// A publish body's media type.
enum PublishFormat: Sendable {
    /// One event.
    case json
    /// One event a line.
    case ndjson

    /// - Parameter fields: the request's.
    /// - Throws: ``Problem`` for a body that would be misread: one with a content coding (RFC 9110 §8.4), which is not
    ///   decoded here, or a part of a representation (§14.5).
    init(_ fields: HTTPFields) throws(Problem) {
        if fields.contains(.contentEncoding) {
            let codings = fields[values: .contentEncoding]
            guard codings.allSatisfy({ $0.equalsIgnoringCase("identity") }) else { throw .contentEncodingUnsupported }
        }
        guard !fields.contains(.contentRange) else { throw .contentRangeMeaningless }
        try self.init(fields.combined(.contentType))
    }

    /// - Parameter contentType: the field's value.
    /// - Throws: ``Problem`` for any other media type. That includes those of forms, which a page may post without a
    ///   preflight.
    init(_ contentType: String?) throws(Problem) {
        // As nearly everybody writes it.
        if let contentType, let format = Self(essence: contentType.bytes) {
            self = format
            return
        }
        guard let (essence, parameters) = contentType?.bytes.cut(at: UInt8(ascii: ";")),
            let format = Self(essence: essence.trimmed), parameters.map(Self.isUTF8) ?? true
        else { throw .mediaTypeUnsupported }
        self = format
    }

    private init?(essence: Substring.UTF8View) {
        if essence.equalsIgnoringCase("application/json") {
            self = .json
        } else if essence.equalsIgnoringCase("application/x-ndjson") {
            self = .ndjson
        } else {
            return nil
        }
    }

    /// Whether a media type's parameters allow UTF-8, which JSON is in (RFC 8259 §8.1). Only `charset` matters.
    private static func isUTF8(_ parameters: Substring.UTF8View) -> Bool {
        parameters.split(separator: UInt8(ascii: ";")).allSatisfy { parameter in
            let (name, value) = parameter.cut(at: UInt8(ascii: "="))
            guard name.trimmed.equalsIgnoringCase("charset"), let value else { return true }
            return [#"utf-8"#, #""utf-8""#, "us-ascii"].contains { value.trimmed.equalsIgnoringCase($0) }
        }
    }
}

extension Problem {
    static let mediaTypeUnsupported = Problem(
        .unsupportedMediaType, "media-type-unsupported",
        "Send Content-Type: application/json for one event, or application/x-ndjson for one event a line, in UTF-8.",
        fields: [.accept: "application/json, application/x-ndjson"])

    /// RFC 9110 §15.5.16: the field says that the coding was wrong, and not the media type.
    static let contentEncodingUnsupported = Problem(
        .unsupportedMediaType, "content-encoding-unsupported",
        "The body has a Content-Encoding, and none is taken off here. Send it as it is.",
        fields: [.acceptEncoding: "identity"])

    static let contentRangeMeaningless = requestMalformed(
        "A request here has its whole body, and no Content-Range.")
}
