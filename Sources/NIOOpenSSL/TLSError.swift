// The one error of this library. It says who must act, and repeats what OpenSSL said.

/// A failure of TLS or of its configuration.
public struct TLSError: Error, Sendable {
    /// What went wrong. Compare it with the constants of ``Code``.
    public var code: Code
    /// What happened, with OpenSSL's reason if there is one, and what to do.
    public var message: String
    /// The fatal alert that ended the connection, sent or received, by its name in RFC 8446 §6.2.
    public var alert: String?
    /// The error that caused this one, if there is one.
    public var cause: (any Error)?

    /// Who must act so that it does not happen again.
    public var responsible: Responsible { code.responsible }

    /// - Parameters:
    ///   - code: What went wrong.
    ///   - message: What happened, and what to do.
    ///   - alert: The fatal alert that ended the connection, by name.
    ///   - cause: The error that caused this one.
    public init(code: Code, message: String, alert: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.alert = alert
        self.cause = cause
    }
}

extension TLSError: CustomStringConvertible {
    /// The code, the message and who must act.
    public var description: String {
        let alert = alert.map { ", alert \($0)" } ?? ""
        return "\(code): \(message) (\(responsible) must act\(alert))"
    }
}

extension TLSError {
    /// Who must act.
    public struct Responsible: Sendable, Hashable, CustomStringConvertible {
        /// The party's name.
        public let description: String

        /// The other end of the connection.
        public static let peer = Responsible(description: "the peer")
        /// Whoever wrote the configuration, the certificate or the trust file.
        public static let configuration = Responsible(description: "configuration")
        /// Nobody: the connection was lost on the way.
        public static let network = Responsible(description: "the network")
        /// This library.
        public static let ourselves = Responsible(description: "ourselves")
    }
}
