// What a key is made of, as plain numbers: where it comes from is the caller's business. All are big-endian.

/// An RSA key (RFC 8017 §3).
package struct RSANumbers: Sendable {
    /// The modulus.
    package var modulus: [UInt8]
    /// The public exponent.
    package var exponent: [UInt8]
    /// What makes it a private key, if it is one.
    package var secret: Secret?

    /// - Parameters:
    ///   - modulus: the modulus.
    ///   - exponent: the public exponent.
    ///   - secret: what makes it a private key, if it is one.
    package init(modulus: [UInt8], exponent: [UInt8], secret: Secret? = nil) {
        self.modulus = modulus
        self.exponent = exponent
        self.secret = secret
    }

    /// The private half.
    package struct Secret: Sendable {
        let exponent: [UInt8]
        let primes: Primes?

        /// - Parameters:
        ///   - exponent: the private exponent.
        ///   - primes: what makes signing fast; it is done without as well.
        package init(exponent: [UInt8], primes: Primes?) {
            self.exponent = exponent
            self.primes = primes
        }
    }

    /// The two primes and what follows from them (RFC 8017 §3.2).
    package struct Primes: Sendable {
        let p, q, dp, dq, qi: [UInt8]

        /// - Parameters:
        ///   - p: the first prime.
        ///   - q: the second prime.
        ///   - dp: the first prime's exponent.
        ///   - dq: the second prime's exponent.
        ///   - qi: the coefficient.
        package init(p: [UInt8], q: [UInt8], dp: [UInt8], dq: [UInt8], qi: [UInt8]) {
            (self.p, self.q, self.dp, self.dq, self.qi) = (p, q, dp, dq, qi)
        }
    }
}

/// A key on a curve of ECDSA.
package struct CurvePoint: Sendable {
    let curve: EllipticCurve
    let x, y: [UInt8]
    let secret: [UInt8]?

    /// - Parameters:
    ///   - curve: the curve.
    ///   - x: the public point's first coordinate, in as many bytes as the curve's coordinates have.
    ///   - y: its second.
    ///   - secret: the private number, if it is a private key.
    package init(_ curve: EllipticCurve, x: [UInt8], y: [UInt8], secret: [UInt8]? = nil) {
        (self.curve, self.x, self.y, self.secret) = (curve, x, y, secret)
    }
}
