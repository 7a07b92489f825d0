// Files with secrets that other users of the machine can read or change. One rule for `serve`, `check`, and the
// commands that read a key or a token. It warns, and refuses nothing: what a mode means depends on who else is on the
// machine, and containers often mount secrets with 0644 where there is nobody else to read them.

internal import Glibc

/// A file that others than its user and group can read or change.
package struct FileExposure: Sendable, Equatable {
    /// What is wrong and what to do. It continues a sentence that begins with the file's name.
    package let detail: String

    /// - Parameters:
    ///   - mode: the file's mode (inode(7)).
    ///   - isSecret: whether reading it is enough to do harm.
    /// - Returns: nil when only its user and group reach it.
    package init?(mode: UInt32, isSecret: Bool) {
        let remedy = isSecret ? "chmod 640 it, for the gateway's group" : "chmod 644 it"
        if mode & 0o002 != 0 {
            detail = "can be changed by every user of this machine; \(remedy)"
        } else if isSecret, mode & 0o004 != 0 {
            detail = "can be read by every user of this machine; \(remedy)"
        } else {
            return nil
        }
    }

    /// - Parameters:
    ///   - path: the file, behind links.
    ///   - isSecret: whether reading it is enough to do harm.
    /// - Returns: nil when only its user and group reach it, and when there is none.
    package init?(path: String, isSecret: Bool = true) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(mode: status.st_mode, isSecret: isSecret)
    }
}

extension GatewayConfiguration {
    /// The files that a configuration names and that are open to others, each with its setting, in the settings' order.
    package var exposures: [(key: String, path: String, exposure: FileExposure)] {
        var files: [(key: String, path: String, isSecret: Bool)] = []
        for identity in tls.identities {
            files += [("tls.certificate", identity.certificate, false), ("tls.key", identity.key, true)]
        }
        if let clientCA = tls.clientCA { files.append(("tls.client_ca", clientCA, false)) }
        if let ticketKeys = tls.ticketKeys { files.append(("tls.ticket_keys", ticketKeys, true)) }
        if let keys = auth.keys { files.append(("auth.keys", keys, true)) }
        files += auth.issuers.compactMap(\.file).map { ("auth.issuers", $0, false) }
        // The log holds events in the clear.
        if let path = log.file { files.append(("log.path", path, true)) }
        files += log.jetStream.files
        return files.compactMap { key, path, isSecret in
            FileExposure(path: path, isSecret: isSecret).map { (key, path, $0) }
        }
    }
}
