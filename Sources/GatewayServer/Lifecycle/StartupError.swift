// Why a gateway does not start.

/// Something that the operator has to put right before the gateway can run.
package struct StartupError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing is wrong.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// A certificate, its key, or the roots that client certificates come from.
        package static let tls = Code(name: "tls")
        /// The key set.
        package static let keys = Code(name: "keys")
        /// The event log's file.
        package static let log = Code(name: "log")
        /// Another process has the event log's file, or its disk is full. The configuration may be right.
        package static let busy = Code(name: "busy")
        /// A socket that the service manager passed.
        static let sockets = Code(name: "sockets")
        /// An address or a port.
        package static let listen = Code(name: "listen")
    }

    package let code: Code

    /// Whether the configuration or a file that it names is wrong, so that another start would fail like this one.
    package var isConfiguration: Bool { ![.listen, .busy].contains(code) }
    /// What is wrong, where, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
