// The parameters that a key is handed to OpenSSL's providers with. They are plain bytes until the one call that reads
// them.

internal import COpenSSL

/// Named values for `EVP_PKEY_fromdata`.
struct KeyParameters {
    private enum Kind { case number, octets, text }
    /// The names are static: an OSSL_PARAM keeps a pointer to its name.
    private var entries: [(name: StaticString, kind: Kind, bytes: [UInt8])] = []

    /// - Parameter bytes: big-endian. A number parameter is in the machine's own order.
    mutating func number(_ name: StaticString, _ bytes: [UInt8]) {
        #if _endian(little)
            entries.append((name, .number, bytes.reversed()))
        #else
            entries.append((name, .number, bytes))
        #endif
    }

    mutating func octets(_ name: StaticString, _ bytes: [UInt8]) { entries.append((name, .octets, bytes)) }

    mutating func text(_ name: StaticString, _ text: StaticString) {
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        entries.append((name, .text, Array(bytes) + [0]))
    }

    /// Makes a key.
    ///
    /// - Parameters:
    ///   - type: the kind of key that the providers know by this name.
    ///   - isPrivate: whether the parameters hold a private key.
    /// - Returns: an `EVP_PKEY` at +1; nothing when the provider refuses the parameters.
    func makeKey(_ type: String, isPrivate: Bool) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_fromdata_init(context) == 1 else { return nil }
        let selection = isPrivate ? sluice_EVP_PKEY_KEYPAIR() : sluice_EVP_PKEY_PUBLIC_KEY()
        var storage = entries.flatMap(\.bytes)
        return storage.withUnsafeMutableBytes { storage in
            defer { OPENSSL_cleanse(storage.baseAddress, storage.count) }
            var parameters = Self.parameters(entries, in: storage)
            var key: OpaquePointer?
            guard EVP_PKEY_fromdata(context, &key, selection, &parameters) == 1 else { return nil }
            return key
        }
    }

    private static func parameters(
        _ entries: [(name: StaticString, kind: Kind, bytes: [UInt8])], in storage: UnsafeMutableRawBufferPointer
    ) -> [OSSL_PARAM] {
        var (parameters, offset): ([OSSL_PARAM], Int) = ([], 0)
        for entry in entries {
            let count = entry.bytes.count
            let bytes = storage.baseAddress?.advanced(by: offset)
            let name = UnsafeRawPointer(entry.name.utf8Start).assumingMemoryBound(to: CChar.self)
            switch entry.kind {
            case .number:
                parameters.append(OSSL_PARAM_construct_BN(name, bytes?.assumingMemoryBound(to: UInt8.self), count))
            case .octets: parameters.append(OSSL_PARAM_construct_octet_string(name, bytes, count))
            // Its length does not count the NUL behind it.
            case .text:
                let text = bytes?.assumingMemoryBound(to: CChar.self)
                parameters.append(OSSL_PARAM_construct_utf8_string(name, text, count - 1))
            }
            offset += count
        }
        return parameters + [OSSL_PARAM_construct_end()]
    }
}
