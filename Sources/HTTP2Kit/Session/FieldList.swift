// Gives fields to nghttp2 in the form that it takes.

internal import CNGHTTP2

enum FieldList {
    /// Lends fields for one call, which copies them.
    static func withNameValues(_ fields: [HTTP2Field], _ body: (UnsafeBufferPointer<nghttp2_nv>) -> Void) {
        var bytes = fields.flatMap { Array($0.name.utf8) + Array($0.value.utf8) }
        bytes.withUnsafeMutableBufferPointer { raw in
            guard var next = raw.baseAddress else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
            let list = fields.map { field in
                let (nameCount, valueCount) = (field.name.utf8.count, field.value.utf8.count)
                defer { next += nameCount + valueCount }
                // nghttp2 copies both before it returns.
                return nghttp2_nv(
                    name: next, value: next + nameCount, namelen: nameCount, valuelen: valueCount,
                    flags: field.name == ":status" ? HTTP2Session.noFlags : unindexed)
            }
            list.withUnsafeBufferPointer(body)
        }
    }

    /// Fields are not indexed. A connection has few requests and responses, so keeping their fields for the next one
    /// would cost memory and save nothing. A smaller table would have the same effect, but the first response would
    /// begin with a table size update (RFC 7541 §4.2), which simple clients stumble over.
    private static let unindexed = UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue)
}
