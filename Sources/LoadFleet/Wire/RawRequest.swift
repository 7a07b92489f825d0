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
