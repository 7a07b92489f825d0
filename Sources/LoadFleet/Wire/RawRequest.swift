internal import HTTP2Kit
internal import NIOCore
internal import NIOHTTP1

/// Request heads as bytes (RFC 9112 §3), to be written without an encoder in the pipeline.
enum RawRequest {
    /// A head with its empty line.
    static func bytes(of head: HTTPRequestHead) -> ByteBuffer {
        var bytes = beginning(of: head)
        bytes.writeStaticString("\r\n")
        return bytes
    }

    /// A head without its empty line, for fields that change from request to request.
    static func beginning(of head: HTTPRequestHead) -> ByteBuffer {
        var bytes = ByteBuffer(string: "\(head.method) \(head.uri) HTTP/1.1\r\n")
        for field in head.headers { bytes.writeString("\(field.name): \(field.value)\r\n") }
        return bytes
    }
}

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
