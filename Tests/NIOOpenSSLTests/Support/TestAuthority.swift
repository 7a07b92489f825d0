// Certificates for tests, made by the `openssl` command in a temporary folder once per test run. No key is in the tree.

import Foundation
import OpenSSLCommand
import Synchronization

@testable import NIOOpenSSL

/// A certificate authority for tests and the certificates it has issued.
struct TestAuthority: Sendable {
    /// One for all tests, because making keys takes time.
    static let shared = TestAuthority.make(commonName: "Sluice Test CA")
    /// One that nobody trusts.
    static let foreign = TestAuthority.make(commonName: "Foreign CA")

    let folder: URL

    var root: URL { folder.appendingPathComponent("ca.pem") }
    var trust: TLSTrustRoots { .file(root.path) }

    /// What to issue.
    struct Request: Sendable {
        var name: String
        var subjectAlternativeNames = "DNS:localhost,IP:127.0.0.1"
        var isRSA = false
        var startDate = "20240101000000Z"
        var endDate = "20990101000000Z"
    }

    /// Issues a certificate; the files are `NAME.pem` and `NAME.key`.
    func issue(_ request: Request) throws -> (certificate: String, key: String) {
        let base = folder.appendingPathComponent(request.name).path
        try Self.makeKey("\(base).key", isRSA: request.isRSA)
        try OpenSSLCommand.run([
            "req", "-new", "-key", "\(base).key", "-subj", "/CN=\(request.name)", "-out", "\(base).csr",
        ])
        try "subjectAltName=\(request.subjectAlternativeNames)\n".write(
            toFile: "\(base).ext", atomically: true, encoding: .utf8)
        let database = "\(base).db"
        try "".write(toFile: database, atomically: true, encoding: .utf8)
        try Self.configuration(database: database, folder: folder.path).write(
            toFile: "\(base).cnf", atomically: true, encoding: .utf8)
        try OpenSSLCommand.run([
            "ca", "-batch", "-config", "\(base).cnf", "-in", "\(base).csr", "-out", "\(base).pem", "-notext",
            "-extfile", "\(base).ext", "-startdate", request.startDate, "-enddate", request.endDate,
        ])
        return ("\(base).pem", "\(base).key")
    }

    /// Issues a certificate and loads it.
    func identity(_ request: Request) throws -> TLSIdentity {
        let files = try issue(request)
        return try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
    }

    private static func makeKey(_ path: String, isRSA: Bool) throws {
        let algorithm =
            isRSA
            ? ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
            : ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        try OpenSSLCommand.run(["genpkey"] + algorithm + ["-out", path])
    }

    private static func make(commonName: String) -> TestAuthority {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-tests-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try makeKey(folder.appendingPathComponent("ca.key").path, isRSA: false)
            try OpenSSLCommand.run([
                "req", "-x509", "-new", "-key", folder.appendingPathComponent("ca.key").path, "-days", "30", "-subj",
                "/CN=\(commonName)", "-out", folder.appendingPathComponent("ca.pem").path,
            ])
        } catch {
            preconditionFailure("the tests need the openssl command: \(error)")
        }
        TemporaryFolders.removeAtExit(folder)
        return TestAuthority(folder: folder)
    }

    private static func configuration(database: String, folder: String) -> String {
        """
        [ca]
        default_ca = test
        [test]
        database = \(database)
        new_certs_dir = \(folder)
        certificate = \(folder)/ca.pem
        private_key = \(folder)/ca.key
        default_md = sha256
        policy = any
        unique_subject = no
        rand_serial = yes
        [any]
        commonName = supplied
        """
    }
}

/// Folders that are removed when the test process ends.
private enum TemporaryFolders {
    private static let folders = Mutex<[URL]>([])

    static func removeAtExit(_ folder: URL) {
        let isFirst = folders.withLock { folders in
            folders.append(folder)
            return folders.count == 1
        }
        guard isFirst else { return }
        atexit { TemporaryFolders.removeAll() }
    }

    private static func removeAll() {
        for folder in folders.withLock({ $0 }) { try? FileManager.default.removeItem(at: folder) }
    }
}
