// PEM text (RFC 7468) from a file or from memory, with its name for messages. It finds certificates and keys in the
// text, and does not ask whether they fit together.

internal import COpenSSL

/// PEM text and what to call it.
package struct PEMText: Sendable {
    /// What a message calls the text, e.g. `file '/etc/tls/server.pem'`.
    package var name: String
    /// The text.
    package var bytes: [UInt8]

    private static let maximumBytes = 4 << 20

    /// Text that is in memory already.
    ///
    /// - Parameters:
    ///   - name: What a message shall call it.
    ///   - bytes: The text.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads a file of at most 4 MiB.
    ///
    /// - Parameter path: The file's path.
    /// - Throws: When it cannot be read, with the system's reason.
    package init(file path: String) throws(LoadFailure) {
        self.init(name: "file '\(path)'", bytes: [])
        ErrorQueue.clear()
        guard let file = BIO_new_file(path, "r") else { throw Self.unreadable(path, ErrorQueue.next()?.text) }
        defer { BIO_free(file) }
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Int(BIO_read(file, &chunk, CInt(chunk.count)))
            if count < 0 { throw Self.unreadable(path, ErrorQueue.next()?.text) }
            if count == 0 { return }
            bytes += chunk[..<count]
            guard bytes.count <= Self.maximumBytes else { throw Self.unreadable(path, "larger than 4 MiB") }
        }
    }

    private static func unreadable(_ path: String, _ reason: String?) -> LoadFailure {
        ErrorQueue.clear()
        let reason = reason ?? "unknown reason"
        return LoadFailure(
            kind: .fileUnreadable,
            message: "file '\(path)' cannot be read: \(reason); check the path and that this process may read it")
    }
}

extension PEMText {
    /// All certificates, in order.
    ///
    /// - Parameter kind: How to report a text without one, or with a malformed one.
    /// - Throws: When there is none or one is malformed.
    func certificates(orThrow kind: LoadFailure.Kind) throws(LoadFailure) -> [Certificate] {
        let (found, problem) = withBIO(readCertificates)
        if let problem {
            throw LoadFailure(
                kind: kind,
                message: "\(name): certificate \(found.count + 1) is malformed (\(problem)); export it again")
        }
        guard found.isEmpty else { return found }
        throw LoadFailure(
            kind: kind,
            message: "\(name) holds no certificate; it must have a '-----BEGIN CERTIFICATE-----' block")
    }

    /// The first private key.
    ///
    /// - Throws: When there is none, or it is encrypted or malformed.
    func privateKey() throws(LoadFailure) -> PrivateKey {
        var passphraseWanted = false
        ErrorQueue.clear()
        let key = withBIO { bio in
            withUnsafeMutablePointer(to: &passphraseWanted) { PEM_read_bio_PrivateKey(bio, nil, refusePassphrase, $0) }
        }
        if let key { return PrivateKey(takingOwnership: key) }
        if passphraseWanted {
            throw LoadFailure(
                kind: .keyEncrypted,
                message: "\(name): the private key is encrypted; decrypt it with 'openssl pkey -in KEY -out PLAIN'")
        }
        let reason =
            hasPrivateKeyBlock ? "no usable private key (\(ErrorQueue.next()?.text ?? "unknown"))" : "no private key"
        ErrorQueue.clear()
        throw LoadFailure(
            kind: .keyInvalid,
            message: "\(name) holds \(reason); it must have an unencrypted '-----BEGIN PRIVATE KEY-----' block")
    }

    private func readCertificates(_ bio: OpaquePointer?) -> ([Certificate], problem: String?) {
        var found: [Certificate] = []
        ErrorQueue.clear()
        while let pointer = PEM_read_bio_X509(bio, nil, refusePassphrase, nil) {
            found.append(Certificate(takingOwnership: pointer))
        }
        if endOfText() { return (found, nil) }
        defer { ErrorQueue.clear() }
        return (found, ErrorQueue.next()?.text ?? "unknown reason")
    }

    // The end of the text ends the search, and is no error.
    private func endOfText() -> Bool {
        let code = ERR_peek_last_error()
        guard ERR_GET_LIB(code) == ERR_LIB_PEM, ERR_GET_REASON(code) == PEM_R_NO_START_LINE else { return false }
        ErrorQueue.clear()
        return true
    }

    private var hasPrivateKeyBlock: Bool { String(decoding: bytes, as: UTF8.self).contains("PRIVATE KEY-----") }

    private func withBIO<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), CInt(bytes.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }
}

// Without a callback OpenSSL would ask for the passphrase on the terminal.
private let refusePassphrase:
    @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt = {
        _, _, _, wanted in
        wanted?.assumingMemoryBound(to: Bool.self).pointee = true
        return -1
    }

extension PEMText {
    /// The subjects of the text's certificates, and when each is valid.
    package func validities() throws(LoadFailure) -> [(subject: String, notBefore: Int64, notAfter: Int64)] {
        try certificates(orThrow: .trustInvalid).map { ($0.subject, $0.notBefore, $0.notAfter) }
    }
}
