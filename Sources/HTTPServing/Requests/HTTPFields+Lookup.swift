// Quick lookups of fields.

package import HTTPTypes

extension HTTPFields {
    /// Like the subscript with a name: several values are joined (RFC 9110 §5.3). A single value, which a field nearly
    /// always has, is not copied.
    package func combined(_ name: HTTPField.Name) -> String? {
        guard let first = place(of: name, from: 0) else { return nil }
        return place(of: name, from: first + 1) == nil ? self[first].value : self[name]
    }

    /// The value of a field that stands there once; nothing where there is none, and where there are several.
    package func only(_ name: HTTPField.Name) -> String? {
        guard let first = place(of: name, from: 0), place(of: name, from: first + 1) == nil else { return nil }
        return self[first].value
    }

    /// By number: without optimisation an iterator allocates for each field.
    private func place(of name: HTTPField.Name, from start: Int) -> Int? {
        for place in start..<endIndex where self[place].name == name { return place }
        return nil
    }

    package static func + (left: HTTPFields, right: HTTPFields) -> HTTPFields {
        var sum = left
        sum.append(contentsOf: right)
        return sum
    }
}
