// Writes JSON: answers, notices and tokens of our own. Member names are the code's, values are escaped.

/// Builds a JSON text.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.object { members in
///     members.string("code", "path-unknown")
///     members.integer("status", 404)
/// }
/// ```
package struct JSONWriter: Sendable {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []

    /// A writer that has written nothing.
    ///
    /// - Parameter capacity: how many bytes are expected; more may come.
    package init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Writes an object.
    ///
    /// - Parameter members: writes its members.
    package mutating func object(_ members: (inout JSONMembers) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        var writer = JSONMembers()
        swap(&writer.bytes, &bytes)
        members(&writer)
        swap(&writer.bytes, &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Writes an array of objects.
    ///
    /// - Parameters:
    ///   - elements: what to write an object for.
    ///   - members: writes the members of an element's object.
    package mutating func array<Element>(
        _ elements: some Sequence<Element>, _ members: (Element, inout JSONMembers) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            object { members(element, &$0) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Writes a string.
    ///
    /// - Parameter value: the text, which is escaped.
    package mutating func string(_ value: String) {
        Self.append(value, to: &bytes)
    }

    /// Ends the line that the text stands in, where something else follows it.
    package mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }

    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        JSONEscapes.append(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}
