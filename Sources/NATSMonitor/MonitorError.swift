// Why a server's monitoring endpoint could not be read.

internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix
internal import PlainWords

/// A question that was not answered.
package struct MonitorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened.
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }

    /// What the layers below report.
    init(_ error: any Error, at url: MonitorURL) {
        switch error {
        case let error as MonitorError: self = error
        case let error as TLSError: self.init("TLS with \(url) failed: \(error.message)")
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first.map { PlainError.text($0.error) }
            self.init("\(url) can't be reached: \(cause ?? "the name was not found")")
        case is HTTPParserError: self.init("\(url) does not answer in HTTP/1.1")
        default: self.init("the connection to \(url) failed: \(PlainError.text(error))")
        }
    }
}
