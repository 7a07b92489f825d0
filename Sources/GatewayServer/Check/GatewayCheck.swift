// `sluice check`: everything about a configuration that can be known before the gateway runs. It reads the files that
// are named and binds the ports for a moment; it serves nobody.

internal import Glibc
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix

/// Looks at what a configuration names.
package struct GatewayCheck: Sendable {
    private let configuration: GatewayConfiguration
    private let validity: ValidityCheck

    /// - Parameters:
    ///   - configuration: one that loaded.
    ///   - now: the time, in seconds since 1970-01-01T00:00:00Z.
    package init(configuration: GatewayConfiguration, now: Int64) {
        self.configuration = configuration
        validity = ValidityCheck(now: now)
    }

    /// Looks at everything, and opens and closes both listeners.
    ///
    /// - Returns: one finding per thing, in the order of the configuration.
    package func run() async -> [CheckFinding] {
        let files = configuration.tls.identities.flatMap { [identity($0), secrecy("tls.key", $0.key)] }
        let keys = [keySet(), secrecy("auth.keys", configuration.auth.keys)]
        let (listen, admin) = (configuration.listen, configuration.admin)
        let ports = [
            await port("listen.port", listen.address, listen.port), await port("admin.port", admin.address, admin.port),
        ]
        let warnings = configuration.warnings.map { CheckFinding(.doubtful, "configuration", $0) }
        return (files + keys + [log()]).compactMap(\.self) + ports + [validity.clock, descriptors()] + warnings
            + MemoryBudget(configuration, cores: System.coreCount).findings(of: .current())
    }

    private func identity(_ files: GatewayConfiguration.TLS.IdentityFiles) -> CheckFinding {
        let subject = "tls.certificate \(files.certificate)"
        do throws(TLSError) {
            let identity = try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
            return validity.finding(
                subject: subject, names: identity.hostNames, notBefore: identity.notBefore, notAfter: identity.notAfter)
        } catch {
            return CheckFinding(.wrong, subject, error.message)
        }
    }

    private func keySet() -> CheckFinding {
        let subject = "auth.keys \(configuration.auth.keys)"
        do throws(StartupError) {
            _ = try configuration.auth.verifier(places: configuration.places)
            return CheckFinding(.fine, subject, "holds token keys that can be used")
        } catch {
            return CheckFinding(.wrong, subject, error.message)
        }
    }

    /// Secrets that everyone on the machine can read are none.
    private func secrecy(_ key: String, _ path: String) -> CheckFinding? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o004 != 0 else { return nil }
        return CheckFinding(
            .doubtful, "\(key) \(path)",
            "can be read by every user of this machine; chmod 640 it, for the gateway's group")
    }

    /// Whether the log's file can be made or written. It is not opened: a running gateway has it.
    private func log() -> CheckFinding? {
        guard configuration.log.kind == .sqlite, let path = configuration.log.path else { return nil }
        let subject = "log.path \(path)"
        let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/" : "."
        guard access(folder, W_OK | X_OK) == 0 else {
            return CheckFinding(
                .wrong, subject,
                "its folder \(folder) is missing or can't be written; create it for the user that runs the gateway")
        }
        guard access(path, F_OK) == 0 else { return CheckFinding(.fine, subject, "can be made") }
        guard access(path, R_OK | W_OK) == 0 else {
            return CheckFinding(
                .wrong, subject, "can't be read and written; give it to the user that runs the gateway")
        }
        return CheckFinding(.fine, subject, "can be read and written")
    }

    private func port(_ key: String, _ address: String, _ port: Int) async -> CheckFinding {
        let subject = "\(key) \(address):\(port)"
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address, port: port).get()
            try await channel.close()
            return CheckFinding(.fine, subject, "can be listened on")
        } catch let error as IOError {
            return CheckFinding(.wrong, subject, Self.explain(error.errnoCode))
        } catch {
            return CheckFinding(.wrong, subject, "cannot be listened on: \(error); choose another")
        }
    }

    static func explain(_ number: CInt) -> String {
        switch number {
        case EADDRINUSE:
            "is in use; stop the other program (or is the gateway running already?), or choose another port"
        case EACCES: "is not allowed to this user; ports below 1024 need CAP_NET_BIND_SERVICE, or choose another"
        case EADDRNOTAVAIL: "is no address of this machine; `ip address` lists them"
        default: "cannot be listened on (error \(number)); choose another"
        }
    }

    private func descriptors() -> CheckFinding {
        Self.descriptors(available: FileDescriptors.raiseLimit(), connections: configuration.limits.connections)
    }

    static func descriptors(available: Int, connections: Int) -> CheckFinding {
        let subject = "limits.connections \(connections)"
        guard available < connections else {
            return CheckFinding(.fine, subject, "fits into the \(available) files that a process may open")
        }
        return CheckFinding(
            .doubtful, subject,
            "a process may open only \(available) files; raise `ulimit -Hn` (systemd: LimitNOFILE), or lower it")
    }
}
