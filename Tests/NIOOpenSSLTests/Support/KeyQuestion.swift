// What libssl gives to TLS13-KDF when it asks for a step of the key schedule.

import COpenSSL

enum KeyQuestion {
    /// - Parameters:
    ///   - digest: in OpenSSL's spelling.
    ///   - mode: to extract or to expand.
    ///   - count: of the secret's bytes.
    ///   - more: one that libssl does not give.
    static func withParameters<Result>(
        _ digest: StaticString, mode: Int32, count: Int, more: OSSL_PARAM? = nil,
        _ body: (UnsafePointer<OSSL_PARAM>) -> Result
    ) -> Result {
        var mode = mode
        var secret = [UInt8](repeating: 7, count: count)
        return withUnsafeMutablePointer(to: &mode) { mode in
            secret.withUnsafeMutableBytes { secret in
                let given = [
                    OSSL_PARAM_construct_int(name("mode"), mode),
                    OSSL_PARAM_construct_utf8_string(
                        name("digest"), bytes(digest).assumingMemoryBound(to: CChar.self), 0),
                    OSSL_PARAM_construct_octet_string(name("key"), secret.baseAddress, secret.count),
                    OSSL_PARAM_construct_octet_string(name("salt"), secret.baseAddress, secret.count),
                    octets("prefix", "tls13 "), octets("label", "s ap traffic"), octets("data", "hash"),
                ]
                var all = given + (more.map { [$0] } ?? []) + [OSSL_PARAM_construct_end()]
                return body(&all)
            }
        }
    }

    static func name(_ text: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    private static func octets(_ name: StaticString, _ value: StaticString) -> OSSL_PARAM {
        OSSL_PARAM_construct_octet_string(self.name(name), bytes(value), value.utf8CodeUnitCount)
    }

    private static func bytes(_ text: StaticString) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(mutating: text.utf8Start)
    }
}
