// RSA moduli that a widespread chip made in a way that lets them be factored (CVE-2017-15361, "ROCA"): known by their
// remainders. The test is that of Nemec and others, "The Return of Coppersmith's Attack", section 2.3.

/// Moduli whose primes are powers of 65537, modulo many small primes.
enum FactorableModulus {
    /// - Parameter modulus: big-endian.
    /// - Returns: whether it is one of them. One in two hundred million others is taken for one, too.
    static func isFound(in modulus: [UInt8]) -> Bool {
        primes.allSatisfy { prime in
            let remainder = modulus.reduce(0) { ($0 << 8 | Int($1)) % prime }
            return powers(of: prime).contains(remainder)
        }
    }

    private static let primes = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ]

    private static func powers(of prime: Int) -> Set<Int> {
        var (powers, power): (Set<Int>, Int) = ([], 1)
        while powers.insert(power).inserted { power = power * 65537 % prime }
        return powers
    }
}
