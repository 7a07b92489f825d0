// What the page sends: one JSON object whose values are texts. Anything else is refused with a sentence.

internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON

/// The members of a request's body.
struct TextFields: Sendable {
    private var texts: [String: String] = [:]

    /// - Parameter body: a JSON object; none at all is one without members.
    /// - Throws: ``Problem`` when it is not, or a value is no text.
    init(_ body: ByteBuffer) throws(Problem) {
        guard body.readableBytes > 0 else { return }
        do throws(JSONError) {
            var reader = try JSONReader(Array(body.readableBytesView))
            var object = try reader.beginObject()
            while let name = try reader.nextMember(of: &object) { texts[name] = try reader.readString() }
            try reader.finish()
        } catch {
            throw Problem(.badRequest, "json-invalid", "The body has to be a JSON object of texts. \(error)")
        }
    }

    /// A member's value; nil when it is not there.
    subscript(_ name: String) -> String? { texts[name] }

    /// A member that has to be there.
    ///
    /// - Throws: ``Problem`` when it is not, is empty, or longer than a text may be here.
    func required(_ name: String) throws(Problem) -> String {
        let text = texts[name]?.trimmingSpace ?? ""
        guard !text.isEmpty, text.utf8.count <= Board.Limit.textBytes else {
            throw Problem(
                .badRequest, "field-invalid", "`\(name)` has to be a text of 1 to \(Board.Limit.textBytes) bytes.")
        }
        return text
    }
}

extension String {
    fileprivate var trimmingSpace: String {
        let text = unicodeScalars.drop { $0.properties.isWhitespace }
        guard let last = text.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(text[...last])
    }
}
