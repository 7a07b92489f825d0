// Quick lookups of fields.

package import HTTPTypes

extension HTTPFields {
    /// Like the subscript with a name: several values are joined (RFC 9110 §5.3). A single value, which a field nearly
    /// always has, is not copied.
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
