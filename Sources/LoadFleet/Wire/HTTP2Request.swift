internal import HTTP2Kit
internal import NIOHTTP1

/// Request heads as HTTP/2 has them (RFC 9113 §8.3.1).
enum HTTP2Request {
    /// The fields of a request without a body.
    static func fields(of head: HTTPRequestHead) -> [HTTP2Field] {
        var fields = [
            HTTP2Field(":method", head.method.rawValue), HTTP2Field(":scheme", "https"),
            HTTP2Field(":authority", head.headers["Host"].first ?? ""), HTTP2Field(":path", head.uri),
        ]
        for field in head.headers where field.name != "Host" {
            fields.append(HTTP2Field(field.name.lowercased(), field.value))
        }
        return fields
    }
}
