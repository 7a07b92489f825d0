// Writes the members of one object. It is the caller's business that no name stands twice.

/// The members of an object that a ``JSONWriter`` is writing.
package struct JSONMembers: Sendable {
    var bytes: [UInt8] = []
    private var isFirst = true

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: the text, which is escaped.
    package mutating func string(_ name: String, _ value: String) {
        begin(name)
        JSONWriter.append(value, to: &bytes)
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - values: the texts of an array, which are escaped.
    package mutating func strings(_ name: String, _ values: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (number, value) in values.enumerated() {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: the number.
    package mutating func integer(_ name: String, _ value: Int64) {
        begin(name)
        bytes += String(value).utf8
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: the truth.
    package mutating func bool(_ name: String, _ value: Bool) {
        begin(name)
        bytes += (value ? "true" : "false").utf8
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - value: a JSON text, which stays as it is.
    package mutating func raw(_ name: String, _ value: some Sequence<UInt8>) {
        begin(name)
        bytes.append(contentsOf: value)
    }

    /// - Parameters:
    ///   - name: the member's name.
    ///   - members: writes the members of the object that is its value.
    package mutating func object(_ name: String, _ members: (inout JSONMembers) -> Void) {
        begin(name)
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        isFirst = false
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        JSONWriter.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}
