// A response that goes on until one side ends it, such as an event stream. Who writes it is the rules' matter: a
// connection knows where the bytes go, and tells what becomes of them.

package import NIOCore

/// What a connection is to answer with, and go on answering.
package protocol StreamPlan: Sendable {
    /// Opens the stream: it is let in, its body knows who writes it, the response begins, and whoever it is writes.
    ///
    /// - Parameters:
    ///   - body: where the bytes go.
    ///   - begin: writes the response's head, and has the body ready to be written to.
    /// - Throws: ``StreamRefusal`` when a limit stands against it; nothing has been done then.
    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal)
}

/// A stream is not opened.
package struct StreamRefusal: Error {
    /// What is answered instead.
    package let answer: Answer

    package init(_ answer: Answer) { self.answer = answer }
}

/// Where the bytes of a stream go. Two concrete classes and no protocol of ours: whoever writes goes to them without a
/// detour.
package enum StreamBody {
    case http1(HTTP1StreamHandler)
    case http2(HTTP2StreamOutlet)

    /// Says who writes, before anything is written.
    package func belongs(to source: any StreamSource) {
        switch self {
        case .http1(let handler): handler.source = source
        case .http2(let outlet): outlet.source = source
        }
    }
}

/// Who writes a stream, as its connection tells it what happens. Called on the connection's event loop.
package protocol StreamSource {
    /// What is written goes to the socket soon again.
    func becameWritable()

    /// The stream is over: the client has closed it, or its connection has ended.
    func closed()
}
