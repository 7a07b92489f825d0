// What a server sent, as frames. nghttp2 unpacks the fields, because their Huffman code is the one thing not worth
// writing twice.

internal import CNGHTTP2
package import NIOCore

/// Cuts bytes into frames. Keeps what is not whole yet.
package final class FrameReader {
    private var rest: [UInt8] = []
    private var inflater: OpaquePointer?

    package init() {
        nghttp2_hd_inflate_new(&inflater)
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    /// The frames that are complete with these bytes.
    package func read(_ bytes: ByteBuffer) -> [Frame] {
        rest += bytes.readableBytesView
        var frames: [Frame] = []
        while rest.count >= 9 {
            let length = Int(Frame.number([0] + rest[..<3]))
            guard rest.count >= 9 + length else { break }
            var frame = Frame(
                type: rest[3], flags: rest[4], stream: Frame.number(rest[5..<9]), Array(rest[9..<(9 + length)]))
            rest.removeFirst(9 + length)
            if frame.kind == .headers { frame.fields = fields(in: frame.payload) }
            frames.append(frame)
        }
        return frames
    }

    private func fields(in block: [UInt8]) -> [String: String] {
        var fields: [String: String] = [:]
        var block = block[...]
        while true {
            var pair = nghttp2_nv()
            var flags: Int32 = 0
            let count = block.withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &pair, &flags, $0.baseAddress, $0.count, 1)
            }
            guard count >= 0 else { return fields }
            block = block.dropFirst(count)
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                let name = String(decoding: UnsafeBufferPointer(start: pair.name, count: pair.namelen), as: UTF8.self)
                fields[name] = String(
                    decoding: UnsafeBufferPointer(start: pair.value, count: pair.valuelen), as: UTF8.self)
            }
            if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                nghttp2_hd_inflate_end_headers(inflater)
                return fields
            }
            if count == 0, flags == 0 { return fields }
        }
    }
}
