// A canary's pass of this process: nobody can guess its secret, and its address is of this machine alone.

internal import GatewayRules
internal import PeerText

extension CanaryPass {
    /// - Returns: one that no process has had.
    static func random() -> CanaryPass {
        var generator = SystemRandomNumberGenerator()
        // RFC 1122 §3.2.1.3: all of 127/8 is this machine. The lowest ones others use, too.
        let host = UInt32.random(in: 0x01_00_00...0xFE_FF_FE, using: &generator)
        let secret = (0..<4).map { _ in String(UInt64.random(in: .min ... .max, using: &generator), radix: 36) }
        return CanaryPass(
            address: ClientAddress(ipv4: 0x7F_00_00_00 | host), credential: "Bearer canary." + secret.joined())
    }
}
