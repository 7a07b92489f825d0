import Foundation
import NIOCore
import NIOOpenSSL
import OpenSSLCommand

/// A certificate that vouches for itself, made by the `openssl` command (which the system's OpenSSL comes with) in a
/// folder of its own. No key is in the tree.
struct TestCertificate: Sendable {
    let certificate: String
    let key: String

    /// - Parameter names: what the certificate is for, as `DNS:localhost,IP:127.0.0.1`.
    init(names: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("client-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appendingPathComponent("cert.pem").path
        key = folder.appendingPathComponent("cert.key").path
        try OpenSSLCommand.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Gateway Test", "-addext", "subjectAltName=\(names)", "-keyout", key, "-out", certificate,
        ])
    }

    /// Puts TLS with this certificate into a server's pipeline.
    func serverSecurity() throws -> @Sendable (any Channel) throws -> Void {
        var configuration = TLSServerConfiguration(
            identities: [try TLSIdentity(certificateChainFile: certificate, privateKeyFile: key)])
        configuration.applicationProtocols = ["http/1.1"]
        let context = try TLSContext(server: configuration)
        return { try $0.pipeline.syncOperations.addHandler(OpenSSLHandler(serverContext: context)) }
    }
}
