// Fields looked up without a detour, and put together.

package import HTTPTypes

extension HTTPFields {
    /// The same as the subscript with a name, several values joined (RFC 9110 §5.3), without making a new text of the
    /// one value that a field nearly always has.
    package func combined(_ name: HTTPField.Name) -> String? {
        guard let first = firstIndex(where: { $0.name == name }) else { return nil }
        let isAlone = !self[(first + 1)...].contains { $0.name == name }
        return isAlone ? self[first].value : self[name]
    }

    package static func + (left: HTTPFields, right: HTTPFields) -> HTTPFields {
        var sum = left
        sum.append(contentsOf: right)
        return sum
    }
}
