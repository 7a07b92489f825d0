// The operator's own key set, read as a whole: right, or refused with the place of what is wrong.

internal import StrictJSON

enum OperatorKeys {
    /// - Throws: ``KeySetError`` when any key is not good.
    static func read(_ jwks: [UInt8]) throws(KeySetError) -> [SigningKey] {
        let read = try JSONWebKeySet.elements(of: jwks, limit: .max) { (reader) throws(JSONError) in
            try JSONWebKey(&reader)
        }
        guard !read.isEmpty else { throw KeySetError(.empty, "The key set has no key: add one to `keys`.") }
        var keys: [SigningKey] = []
        var indices: [String: Int] = [:]
        for (index, key) in read.enumerated() {
            let keyID = try key.requiredKeyID(at: index)
            if let other = indices.updateValue(index, forKey: keyID) {
                throw KeySetError(
                    .keyID, "keys[\(index)] has the kid of keys[\(other)] (\"\(keyID)\"): each key needs its own.")
            }
            keys.append(try key.signingKey(at: index))
        }
        return keys
    }
}

// The outer form of a JWK Set (RFC 7517 §5).

enum JSONWebKeySet {
    /// What stands in `keys`.
    ///
    /// - Parameters:
    ///   - limit: how many there may be.
    ///   - element: reads one.
    static func elements<Element>(
        of jwks: [UInt8], limit: Int, _ element: (inout JSONReader) throws(JSONError) -> Element
    ) throws(KeySetError) -> [Element] {
        var found: [Element]?
        var isTooLong = false
        do throws(JSONError) {
            var reader = try JSONReader(jwks)
            var set = try reader.beginObject()
            while !isTooLong, let name = try reader.nextMember(of: &set) {
                guard name == "keys" else {
                    try reader.skipValue()
                    continue
                }
                (found, isTooLong) = try list(&reader, limit: limit, element)
            }
            if !isTooLong { try reader.finish() }
        } catch {
            throw KeySetError(.malformed, "The key set is not accepted. \(error)")
        }
        guard !isTooLong else { throw KeySetError(.tooLarge, "The key set has more than \(limit) keys.") }
        guard let found else { throw KeySetError(.malformed, "The key set has no member `keys` (RFC 7517 section 5).") }
        return found
    }

    private static func list<Element>(
        _ reader: inout JSONReader, limit: Int, _ element: (inout JSONReader) throws(JSONError) -> Element
    ) throws(JSONError) -> (elements: [Element], isTooLong: Bool) {
        var elements: [Element] = []
        var array = try reader.beginArray()
        while try reader.nextElement(of: &array) {
            guard elements.count < limit else { return (elements, true) }
            elements.append(try element(&reader))
        }
        return (elements, false)
    }
}
