// Between HTTP/2's fields and the version-neutral messages that the rules use. nghttp2 has refused what RFC 9113 §8.2
// and §8.3 forbid; what is left to check is what a gateway must not take differently from what HTTP/1.1 says (RFC 9113
// §8.3.1).

internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore
internal import PeerText

extension HTTPRequest {
    /// - Throws: ``Problem`` when the head is one that a server refuses.
    init(_ head: HTTP2RequestHead, headLimit: Int) throws(Problem) {
        guard !head.isTooLarge else { throw .headTooLarge(limit: headLimit) }
        let pseudo = head.fields.prefix { $0.name.utf8.first == UInt8(ascii: ":") }
        func value(_ name: String) -> String? { pseudo.first { $0.name == name }?.value }
        guard let name = value(":method"), let method = Method(name) else {
            throw .requestMalformed("The method is none.")
        }
        guard method != .connect else { throw .connectUnsupported }
        // RFC 9113 §8.3.1: not restricted to http and https.
        guard let scheme = value(":scheme"), TargetForm.isScheme(scheme.bytes) else {
            throw .requestMalformed("The :scheme is none.")
        }
        guard let path = value(":path"),
            RequestTarget.isOriginForm(path) || (method == .options && path.hasSameBytes(as: "*"))
        else { throw RequestTarget.notOriginForm }
        let hosts = head.fields.filter { $0.name == "host" }.map(\.value)
        self.init(
            method: method, scheme: "https",
            authority: try Self.authority(value(":authority"), hosts: hosts, scheme: scheme), path: path)
        for field in head.fields[pseudo.endIndex...] {
            let taken = HTTPField.Name(field.name).map { HTTPField(name: $0, value: field.value) }
            guard let taken, taken.value == field.value else {
                throw .requestMalformed("A field's name or value has characters that it may not have.")
            }
            headerFields.append(taken)
        }
    }

    /// `Host` may stand beside `:authority` when both mean the same (RFC 9113 §8.3.1).
    private static func authority(_ authority: String?, hosts: [String], scheme: String) throws(Problem) -> String {
        guard hosts.count <= 1, let name = authority ?? hosts.first else {
            throw .requestMalformed("Send one :authority.")
        }
        guard let named = Authority(name), let host = Authority(hosts.first ?? name) else { throw .hostMalformed }
        guard host.isSame(as: named, scheme: scheme) else {
            throw .requestMalformed("The Host field has to be what :authority is, or not be there.")
        }
        return name
    }

    /// Whether the client waits for a word before it sends its body (RFC 9110 §10.1.1).
    var expectsContinue: Bool {
        headerFields[values: .expect].contains { $0.equalsIgnoringCase("100-continue") }
    }
}

extension Answer {
    /// The head as HTTP/2 has it.
    ///
    /// - Parameters:
    ///   - date: when it is made.
    ///   - isStream: whether the body's length is open.
    ///   - requestID: what its request is called.
    func http2Fields(date: DateField, isStream: Bool = false, requestID: RequestID? = nil) -> [HTTP2Field] {
        var list = [HTTP2Field(":status", String(status.code)), HTTP2Field("date", date.value)]
        if let requestID { list.append(HTTP2Field(RequestID.name, requestID.text)) }
        for field in fields { list.append(HTTP2Field(field.name.canonicalName, field.value)) }
        if !isStream, let length = declaredLength { list.append(HTTP2Field("content-length", String(length))) }
        return list
    }
}
