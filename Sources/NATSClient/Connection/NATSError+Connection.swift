// What the layers below report, in this room's words.

internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import PlainWords

extension NATSError {
    /// - Parameters:
    ///   - error: what a connection, or the attempt to open one, ended with.
    ///   - server: where it was to.
    init(connectionError error: any Error, to server: ServerAddress) {
        switch error {
        case let error as NATSError: self = error
        case let error as TLSError where error.code == .certificateRejected:
            self.init(.tls, "the certificate of \(server) is refused: \(error.message)")
        case let error as TLSError where error.code == .truncated || error.code == .handshakeInterrupted:
            self = .cut(server)
        case let error as TLSError where error.responsible == .configuration: self.init(.tls, error.message)
        case let error as TLSError: self.init(.tls, "TLS with \(server) failed: \(error.message)")
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first.map { PlainError.text($0.error) }
            self.init(.network, "\(server) can't be reached: \(cause ?? "the name was not found")")
        default: self.init(.network, "the connection to \(server) failed: \(PlainError.text(error))")
        }
    }

    /// The server, or something on the way, ended the connection without a word.
    static func cut(_ server: ServerAddress) -> NATSError { NATSError(.network, "\(server) closed the connection") }
}
