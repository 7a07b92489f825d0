// The short way out of a connection. The room that builds pipelines knows which handler that is.

package import NIOCore

/// The handler that stands before HTTP's in the pipeline and takes what they write: TLS.
///
/// A connection's last handler writes to it past the contexts of the pipeline, which are memory of their own and do
/// nothing for an event. Use it on the connection's event loop.
package protocol WriteSink: AnyObject {
    /// Takes bytes; none of them need leave before ``flush()``.
    func write(_ bytes: ByteBuffer)

    /// Sends what has been written.
    func flush()
}
