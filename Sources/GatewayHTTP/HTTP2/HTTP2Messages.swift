// Between HTTP/2's fields and the version-neutral messages that the rules use. nghttp2 has refused what RFC 9113 §8.2 and §8.3
// forbid; what is left to check is what a gateway must not take differently from what HTTP/1.1 says (RFC 9113 §8.3.1).

internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore

extension HTTPRequest {
    /// - Throws: ``Problem`` when the head is one that a server refuses.
    init(_ head: HTTP2RequestHead, headLimit: Int) throws(Problem) {
        guard !head.isTooLarge else { throw .headTooLarge(limit: headLimit) }
        let pseudo = head.fields.prefix { $0.name.hasPrefix(":") }
        func value(_ name: String) -> String? { pseudo.first { $0.name == name }?.value }
        guard let name = value(":method"), let method = Method(name) else {
            throw .requestMalformed("The method is none.")
        }
        guard value(":scheme") == "https" else { throw .requestMalformed("The scheme has to be https.") }
        guard let path = value(":path"), RequestTarget.isOriginForm(path) else { throw RequestTarget.notOriginForm }
        self.init(
            method: method, scheme: "https",
            authority: try Self.authority(value(":authority"), hosts: head.fields.filter { $0.name == "host" }),
            path: path)
        for field in head.fields[pseudo.endIndex...] {
            let taken = HTTPField.Name(field.name).map { HTTPField(name: $0, value: field.value) }
            guard let taken, taken.value == field.value else {
                throw .requestMalformed("A field's name or value has characters that it may not have.")
            }
            headerFields.append(taken)
        }
    }

    /// `Host` may stand beside `:authority` when both agree.
    private static func authority(_ authority: String?, hosts: [HTTP2Field]) throws(Problem) -> String {
        guard hosts.count <= 1, let name = authority ?? hosts.first?.value, !name.isEmpty else {
            throw .requestMalformed("Send one :authority.")
        }
        guard hosts.allSatisfy({ $0.value == name }) else {
            throw .requestMalformed("The Host field has to be what :authority is, or not be there.")
        }
        // RFC 9113 §8.3.1: a user has no place there.
        guard !name.utf8.contains(UInt8(ascii: "@")) else {
            throw .requestMalformed("The :authority names a host, and no user.")
        }
        return name
    }

    /// Whether the client waits for a word before it sends its body (RFC 9110 §10.1.1).
    var expectsContinue: Bool {
        headerFields[values: .expect].contains { $0.lowercased() == "100-continue" }
    }
}

extension Answer {
    /// The head as HTTP/2 has it.
    ///
    /// - Parameters:
    ///   - date: when it is made.
    ///   - isStream: whether the body's length is open.
    func http2Fields(date: DateField, isStream: Bool = false) -> [HTTP2Field] {
        var list = [HTTP2Field(":status", String(status.code)), HTTP2Field("date", date.value)]
        for field in fields { list.append(HTTP2Field(field.name.canonicalName, field.value)) }
        // RFC 9110 §8.6: none with 204; with 304, none or the length that 200 would have.
        if !isStream, status != .noContent, status != .notModified,
            fields[.contentType] == nil || body.readableBytes > 0
        {
            list.append(HTTP2Field("content-length", String(body.readableBytes)))
        }
        return list
    }
}
