import Foundation
import GatewayServer
import PlainWords
import TokenAuth

/// From a key set's file to its keys, for the commands that issue tokens.
extension KeySet {
    /// Reads a key set.
    ///
    /// - Parameter path: a JWKS file (RFC 7517).
    /// - Throws: `CommandFailure` when the file can't be read, or is none.
    init(file path: String) throws {
        let name = QuotedValue.name(path, isSecret: true)
        let jwks: Data
        do {
            jwks = try Data(contentsOf: URL(filePath: path))
        } catch {
            let remedy = "give the path of a JWKS file; make certs makes one in certs/dev"
            throw CommandFailure(
                "the key set \(name) cannot be read (\(error.localizedDescription)): \(remedy)", .configuration)
        }
        do throws(KeySetError) {
            try self.init(jwks: Array(jwks))
        } catch {
            throw CommandFailure("the key set \(name) cannot be used: \(error)", .configuration)
        }
    }
}

/// From a key set's file to an issuer.
extension TokenIssuer {
    /// Reads a key set.
    ///
    /// - Parameters:
    ///   - path: a JWKS file (RFC 7517).
    ///   - keyID: which key to sign with; the first that may when `nil`.
    /// - Throws: `CommandFailure` when the file can't be read, or no key in it can be used.
    init(keySetFile path: String, keyID: String?) throws {
        let keys = try KeySet(file: path)
        if let exposure = FileExposure(path: path) {
            Console.report("warning: the key set \(QuotedValue.name(path, isSecret: true)) \(exposure.detail)")
        }
        do throws(KeySetError) {
            try self.init(keys: keys, keyID: keyID)
        } catch {
            let name = QuotedValue.name(path, isSecret: true)
            throw CommandFailure("the key set \(name) cannot be used: \(error)", .configuration)
        }
    }
}
