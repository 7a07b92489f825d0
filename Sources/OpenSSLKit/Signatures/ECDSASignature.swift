// Two ways to write an ECDSA signature: its numbers side by side (RFC 7518 §3.4), and the DER that OpenSSL has.

internal import COpenSSL

enum ECDSASignature {
    /// DER of two numbers side by side, each in half of the bytes. Whether they are in range is looked at when the
    /// signature is verified (FIPS 186-5 §6.4.2): zero, or the curve's order and above, is no signature.
    static func encode(_ numbers: Span<UInt8>) -> [UInt8]? {
        guard let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let half = numbers.count / 2
        let (r, s) = numbers.withUnsafeBufferPointer {
            (BN_bin2bn($0.baseAddress, CInt(half), nil), BN_bin2bn($0.baseAddress?.advanced(by: half), CInt(half), nil))
        }
        // Takes both when it succeeds.
        guard ECDSA_SIG_set0(signature, r, s) == 1 else {
            BN_free(r)
            BN_free(s)
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(max(0, i2d_ECDSA_SIG(signature, nil))))
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var end = buffer.baseAddress
            return i2d_ECDSA_SIG(signature, &end)
        }
        return written == bytes.count ? bytes : nil
    }

    /// The numbers of DER side by side, each in as many bytes as a coordinate of the curve has.
    static func decode(_ encoded: [UInt8], _ curve: EllipticCurve) -> [UInt8]? {
        let signature = encoded.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, buffer.count)
        }
        guard let signature else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let count = curve.coordinateBytes
        var numbers = [UInt8](repeating: 0, count: 2 * count)
        let isWritten = numbers.withUnsafeMutableBufferPointer { buffer in
            BN_bn2binpad(ECDSA_SIG_get0_r(signature), buffer.baseAddress, CInt(count)) == count
                && BN_bn2binpad(
                    ECDSA_SIG_get0_s(signature), buffer.baseAddress?.advanced(by: count), CInt(count)) == count
        }
        return isWritten ? numbers : nil
    }
}
