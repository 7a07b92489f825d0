// The system's and NIO's errors in words for whoever reads them at a command line. What they mean for a gateway, and so
// what to do, is for the caller to add; only where the remedy is always the same does it stand here.

internal import Glibc
internal import NIOCore

/// Words for errors of the layers below.
package enum PlainError {
    /// What happened.
    ///
    /// - Parameter error: an error of the system, of NIO, or one that has words of its own.
    package static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: text(number: error.errnoCode)
        case let error as ChannelError: text(error)
        default: QuotedValue.printable("\(error)", atMost: 500)
        }
    }

    /// What an error number of the system means (errno(3)).
    package static func text(number: CInt) -> String {
        switch number {
        case ECONNREFUSED: refused
        case ECONNRESET, EPIPE, ECONNABORTED: "the other side cut the connection"
        case ETIMEDOUT: "the other side did not answer in time"
        case EHOSTUNREACH, ENETUNREACH: "there is no route to that address"
        case EMFILE: "this process has all the files open that it may; raise `ulimit -n`"
        case ENFILE: "this machine has all the files open that it may; raise the sysctl fs.file-max"
        case ENOMEM, ENOBUFS: "the machine has no memory left for it"
        case EACCES, EPERM: "this user is not allowed to"
        default: strerror(number).map { String(cString: $0) } ?? "error \(number) of the system"
        }
    }

    /// What `ECONNREFUSED` means.
    package static let refused = "nobody takes connections there"

    /// Why an address can't be listened on, and what to do.
    package static func listening(_ error: any Error) -> String {
        guard let number = (error as? IOError)?.errnoCode else {
            return "cannot be listened on: \(text(error)); choose another"
        }
        return switch number {
        case EADDRINUSE:
            "is in use; stop the other program (or is the gateway running already?), or choose another port"
        case EACCES: "is not allowed to this user; ports below 1024 need CAP_NET_BIND_SERVICE, or choose another"
        case EADDRNOTAVAIL: "is no address of this machine; `ip address` lists them"
        default: "cannot be listened on: \(text(number: number)); choose another"
        }
    }

    /// Whether an address can't be listened on because somebody does.
    package static func isInUse(_ error: any Error) -> Bool { (error as? IOError)?.errnoCode == EADDRINUSE }

    private static func text(_ error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "the other side did not answer in time"
        case .eof, .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed:
            "the connection was closed meanwhile"
        default: "the connection failed"
        }
    }
}
