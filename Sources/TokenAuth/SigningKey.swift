// One key of a key set, ready for use.

internal import OpenSSLKit

/// A shared secret with its name, the one algorithm that it is for, and what it may do.
struct SigningKey: Sendable {
    let keyID: String
    let algorithm: SigningAlgorithm
    let secret: HMACKey
    /// Tells it from every other key, in this process and the next.
    let mark: KeyMark
    /// What the secret is taken for by mistake.
    let slips: LikelySlips
    let maySign: Bool
    let mayVerify: Bool
}
