// One call of TLS 1.3's key schedule, as libssl makes it: the parameters of TLS13-KDF (EVP_KDF-TLS13_KDF(7)). Where
// anything in them is not known here, it is no such call, and OpenSSL's own function answers it.

internal import COpenSSL

/// A step of the key schedule that libssl asks for. It points into the caller's memory.
struct KeyDerivation {
    private enum Step { case extract, expand }

    private var step: Step?
    private var hash: HashAlgorithm?
    private var key: UnsafeRawBufferPointer?
    private var salt: UnsafeRawBufferPointer?
    private var context = UnsafeRawBufferPointer(start: nil, count: 0)
    private var hasPrefix = false
    /// What is derived, without the `tls13 ` before it.
    private(set) var label = UnsafeRawBufferPointer(start: nil, count: 0)

    /// - Parameter parameters: up to the one without a name.
    /// - Returns: nil when one of them is unknown, or one is missing.
    init?(_ parameters: UnsafePointer<OSSL_PARAM>) {
        var next = parameters
        while let name = next.pointee.key {
            guard take(next.pointee, name) else { return nil }
            next += 1
        }
        guard step != nil, hash != nil, hasPrefix, !label.isEmpty else { return nil }
    }

    /// Whether this is a secret of the schedule, and not what follows from a shared one.
    var isExpansion: Bool { step == .expand }

    /// Makes the bytes that are asked for.
    ///
    /// - Returns: false when they can't be made here.
    func fill(_ target: UnsafeMutableRawBufferPointer) -> Bool {
        guard let hash, let step else { return false }
        switch step {
        case .extract:
            return KeySchedule.extract(key, after: salt, label, hash, into: target)
        case .expand:
            guard let key else { return false }
            return KeySchedule.expand(label, context: context, of: key, hash, into: target)
        }
    }

    private mutating func take(_ parameter: OSSL_PARAM, _ name: UnsafePointer<CChar>) -> Bool {
        guard let data = parameter.data else { return false }
        let value = UnsafeRawBufferPointer(start: data, count: parameter.data_size)
        let kind = parameter.data_type
        func isNamed(_ text: StaticString) -> Bool {
            let other = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
            return name.pointee == other.pointee && strcmp(name, other) == 0
        }
        switch Int32(kind) {
        case OSSL_PARAM_INTEGER where isNamed("mode"): step = Self.step(value)
        case OSSL_PARAM_UTF8_STRING where isNamed("digest"): hash = Self.hash(value)
        case OSSL_PARAM_OCTET_STRING where isNamed("key"): key = value
        case OSSL_PARAM_OCTET_STRING where isNamed("salt"): salt = value
        case OSSL_PARAM_OCTET_STRING where isNamed("label"): label = value
        case OSSL_PARAM_OCTET_STRING where isNamed("data"): context = value
        case OSSL_PARAM_OCTET_STRING where isNamed("prefix"):
            hasPrefix = value.areThose(of: "tls13 ")
        default: return false
        }
        return true
    }

    private static func step(_ value: UnsafeRawBufferPointer) -> Step? {
        guard value.count == MemoryLayout<CInt>.size else { return nil }
        return switch value.loadUnaligned(as: CInt.self) {
        case EVP_KDF_HKDF_MODE_EXTRACT_ONLY: .extract
        case EVP_KDF_HKDF_MODE_EXPAND_ONLY: .expand
        default: nil
        }
    }

    /// The hashes of TLS 1.3's suites, by OpenSSL's first names for them.
    private static func hash(_ name: UnsafeRawBufferPointer) -> HashAlgorithm? {
        if name.areThose(of: "SHA2-256") { return .sha256 }
        if name.areThose(of: "SHA2-384") { return .sha384 }
        return nil
    }
}
