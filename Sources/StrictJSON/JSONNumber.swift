// A number as it stands in the text. JSON says nothing of its range or precision (RFC 8259 §6), so whoever asks says
// what it has to fit.

/// A number of a JSON text.
package struct JSONNumber: Sendable {
    /// As it stands, in RFC 8259 §6's grammar.
    package let text: String
    /// How many bytes of the text stand before it.
    package let offset: Int

    /// The number as an integer.
    ///
    /// - Throws: ``JSONError`` when it has a fraction or an exponent, or is out of range.
    package func int64() throws(JSONError) -> Int64 {
        guard let value = Int64(text) else { throw JSONError(offset, "should have a whole number of 64 bits here") }
        return value
    }

    /// The number as floating point, to the nearest that there is.
    ///
    /// - Throws: ``JSONError`` when it is beyond a finite `Double`.
    package func double() throws(JSONError) -> Double {
        guard let value = Double(text), value.isFinite else { throw JSONError(offset, "has a number out of range") }
        return value
    }

    /// The offset behind the number that begins at `start`; nothing when none does.
    static func end(in bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        if at(position, in: bytes, UInt8(ascii: "-")) { position += 1 }
        if at(position, in: bytes, UInt8(ascii: "0")) {
            position += 1
            // A zero leads no other digit: some read such a number as octal.
            guard position == bytes.count || !JSONReader.isDigit(bytes[position]) else { return nil }
        } else if !takeDigits(in: bytes, at: &position) {
            return nil
        }
        if at(position, in: bytes, UInt8(ascii: ".")) {
            position += 1
            guard takeDigits(in: bytes, at: &position) else { return nil }
        }
        guard at(position, in: bytes, UInt8(ascii: "e")) || at(position, in: bytes, UInt8(ascii: "E")) else {
            return position
        }
        position += 1
        if at(position, in: bytes, UInt8(ascii: "+")) || at(position, in: bytes, UInt8(ascii: "-")) { position += 1 }
        return takeDigits(in: bytes, at: &position) ? position : nil
    }

    private static func at(_ position: Int, in bytes: [UInt8], _ byte: UInt8) -> Bool {
        position < bytes.count && bytes[position] == byte
    }

    private static func takeDigits(in bytes: [UInt8], at position: inout Int) -> Bool {
        let start = position
        while position < bytes.count, JSONReader.isDigit(bytes[position]) { position += 1 }
        return position > start
    }
}
