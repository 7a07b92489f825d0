// A fuzzer's input as a network gives it: in pieces.

internal import NIOCore

/// Bytes, and of what size the pieces are in which they come.
struct Pieces {
    let whole: ByteBuffer
    private let size: Int

    /// - Parameter input: the size of a piece in its first byte, 0 for all at once; then the bytes.
    init(_ input: [UInt8]) {
        whole = ByteBuffer(bytes: input.dropFirst())
        size = input.first.flatMap { $0 == 0 ? nil : Int($0) } ?? .max
    }

    var all: [ByteBuffer] {
        var (rest, pieces) = (whole, [ByteBuffer]())
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
            pieces.append(piece)
        }
        return pieces
    }
}
