// Whether an address can be listened on. It binds the address for a moment. A gateway that runs already is expected to
// have it.

internal import NIOCore
internal import NIOPosix
internal import PlainWords

/// Looks at one listener's address.
struct PortCheck: Sendable {
    /// The setting, `listen.port` or `admin.port`.
    let key: String
    let address: String
    let port: Int

    private var subject: String { "\(key) \(address):\(port)" }

    /// Listens, and stops at once.
    ///
    /// - Returns: what was found, and who has the address when somebody does.
    func look() async -> (finding: CheckFinding, holder: PortHolder?) {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address, port: port).get()
            try await channel.close()
            return (CheckFinding(.fine, subject, "can be listened on"), nil)
        } catch  where PlainError.isInUse(error) {
            let holder = PortHolder.find(address: address, port: port)
            return (Self.inUse(subject, by: holder), holder)
        } catch {
            return (CheckFinding(.wrong, subject, PlainError.listening(error), fault: .surroundings), nil)
        }
    }

    /// A restart replaces one gateway. When two gateways hold what this configuration wants, it was probably copied
    /// from one of them for the other.
    static func oneGateway(_ holders: [PortHolder?]) -> CheckFinding? {
        let processes = Set(holders.compactMap(\.self).filter(\.isSluice).map(\.process)).sorted()
        guard processes.count > 1 else { return nil }
        let names = processes.map(String.init).joined(separator: " and ")
        return CheckFinding(
            .wrong, "ports and log", "are held by different gateways (processes \(names)); give each its own",
            fault: .surroundings)
    }

    /// The finding for an address that somebody has.
    ///
    /// - Parameter holder: who; nil when this user may not know.
    static func inUse(_ subject: String, by holder: PortHolder?) -> CheckFinding {
        guard let holder else {
            return CheckFinding(
                .wrong, subject,
                "is in use by a program that this user can't see; stop it, or choose another port (as root, or as the "
                    + "gateway's user, this check names it, and tells a running gateway from others)",
                fault: .surroundings)
        }
        guard !holder.isServiceManager else {
            return CheckFinding(.fine, subject, "is held by \(holder), which passes it to the gateway that it starts")
        }
        guard holder.isSluice else {
            return CheckFinding(
                .wrong, subject, "is in use by \(holder); stop it, or choose another port", fault: .surroundings)
        }
        return CheckFinding(.fine, subject, "is in use by \(holder), which a restart with this configuration replaces")
    }
}
