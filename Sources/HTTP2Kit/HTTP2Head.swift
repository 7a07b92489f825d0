// A message's fields as they are on the wire: pseudo-fields first, names in lower case. What they mean is for the room
// above.

/// One field (RFC 9113 §8.2).
package struct HTTP2Field: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A request's fields.
package struct HTTP2RequestHead: Sendable, Equatable {
    package internal(set) var fields: [HTTP2Field] = []
    /// Whether no body follows.
    package internal(set) var endsStream = false
    /// Whether there were more than ``HTTP2Limits/headerListBytes``: the fields are not complete then.
    package internal(set) var isTooLarge = false
    var listBytes = 0
    /// The same of those that were taken.
    private(set) var keptBytes = 0

    package init() {}

    /// What each field counts for in addition to its bytes (RFC 9113 §6.5.2).
    static let fieldOverhead = 32

    /// Takes a field if there is room. Returns how many bytes all fields have, those that were not taken included.
    mutating func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, limit: Int) -> Int {
        listBytes += name.count + value.count + Self.fieldOverhead
        if listBytes > limit {
            isTooLarge = true
        } else {
            keptBytes = listBytes
            fields.append(HTTP2Field(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return listBytes
    }
}
