// From the user to the network. The handler keeps writes until the flush, then makes records and one write to the
// channel of them. In the steady state this allocates nothing: the ciphertext goes into memory that the event loop's
// connections share, and that is free again as soon as the socket has taken it.

package import DeliveryPath
public import NIOCore
internal import OpenSSLKit

extension OpenSSLHandler {
    /// Keeps the plaintext until the next flush.
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        keep(PendingWrites.Item(bytes: unwrapOutboundIn(data), promise: promise))
    }

    /// Encrypts what was written since the last flush and sends it.
    public func flush(context: ChannelHandlerContext) { flush() }

    /// Takes plaintext right from the next handler, past its context. A context is memory of its own, and cold when
    /// there are thousands of connections.
    ///
    /// - Parameter plaintext: What to encrypt with the next ``flush()``.
    public func write(_ plaintext: ByteBuffer) { keep(PendingWrites.Item(bytes: plaintext, promise: nil)) }

    /// The same, with a few bytes before it.
    package func write(_ plaintext: ByteBuffer, behind prefix: PlaintextPrefix) {
        keep(PendingWrites.Item(prefix: prefix, bytes: plaintext, promise: nil))
    }

    /// Encrypts what was written since the last flush and sends it, like a flush that comes through the pipeline.
    public func flush() {
        pending.flush()
        guard state.write() == .encrypt else { return }
        encryptFlushed()
        flushCiphertext()
    }

    /// Encrypts plaintext and sends it, like ``write(_:)`` and ``flush()``. Where nothing waits before it, it does not
    /// wait either.
    public func writeAndFlush(_ plaintext: ByteBuffer) { writeAndFlush(plaintext, behind: .none) }

    /// The same, with a few bytes before it.
    package func writeAndFlush(_ plaintext: ByteBuffer, behind prefix: PlaintextPrefix) {
        guard let connection, pending.isEmpty, !isEncrypting, state.write() == .encrypt else {
            write(plaintext, behind: prefix)
            return flush()
        }
        isEncrypting = true
        encrypt(plaintext, behind: prefix, nil, through: connection)
        isEncrypting = false
        // Of whoever heard of this one.
        encryptFlushed()
        flushCiphertext()
    }

    /// Adds what bytes pass from here to the socket.
    package func join(_ path: inout DeliveryPath) {
        path.add(self)
        connection?.join(&path)
        socket?.join(&path)
    }

    /// How many bytes of what was flushed the other end's kernel has not acknowledged; nothing where nobody knows.
    package var unacknowledgedBytes: Int? { socket?.unacknowledgedBytes }

    private func keep(_ write: consuming PendingWrites.Item) {
        switch state.write() {
        case .wait, .encrypt: pending.append(consume write, lending: scratch.takeSpareQueue())
        case .refuseOutputClosed: write.promise?.fail(ChannelError.outputClosed)
        case .refuseClosed: write.promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    /// Encrypts all flushed writes, and writes their ciphertext to the channel without flushing it.
    ///
    /// A write to the channel may make somebody flush more in here. That goes behind the writes under way.
    func encryptFlushed() {
        guard pending.hasFlushed, !isEncrypting else { return }
        isEncrypting = true
        defer { isEncrypting = false }
        while pending.hasFlushed, let connection { encryptFlushed(through: connection) }
    }

    private func encryptFlushed(through connection: TLSConnection) {
        if let only = pending.takeOnly() {
            return encrypt(only.bytes, behind: only.prefix, only.promise, through: connection)
        }
        var tail: [PendingWrites.Item] = []
        guard let head = pending.takeFlushed(tail: &tail) else { return }
        encrypt(head, tail, through: connection)
        scratch.lend(&tail)
    }

    private func encrypt(
        _ only: ByteBuffer, behind prefix: PlaintextPrefix, _ promise: EventLoopPromise<Void>?,
        through connection: TLSConnection
    ) {
        let packer = RecordPacker(connection: connection, scratch: scratch.records)
        packer.expect(prefix.byteCount + only.readableBytes)
        let failure = packer.pack(only, behind: prefix, isLast: true) { writeCiphertext(promise: nil) }
        complete(failure, promise)
    }

    private func encrypt(
        _ head: PendingWrites.Item, _ tail: [PendingWrites.Item], through connection: TLSConnection
    ) {
        let packer = RecordPacker(connection: connection, scratch: scratch.records)
        packer.expect(tail.reduce(head.byteCount) { $0 + $1.byteCount })
        var failure = packer.pack(head.bytes, behind: head.prefix, isLast: tail.isEmpty) {
            writeCiphertext(promise: nil)
        }
        var promise = head.promise
        var latest = head.promise
        for (index, item) in tail.enumerated() {
            let isLast = index == tail.count - 1
            failure =
                failure
                ?? packer.pack(item.bytes, behind: item.prefix, isLast: isLast) { writeCiphertext(promise: nil) }
            guard let next = item.promise else { continue }
            // One write to the channel answers for all of them, in their order.
            latest?.futureResult.cascade(to: next)
            promise = promise ?? next
            latest = next
        }
        complete(failure, promise)
    }

    private func complete(_ failure: OpenSSLFailure?, _ promise: EventLoopPromise<Void>?) {
        guard let failure else { return writeCiphertext(promise: promise) }
        let error = TLSError(failure, otherwise: .internalFailure)
        promise?.fail(error)
        if let context { fail(context, error) }
    }
}

// MARK: - Ciphertext

// Two rules keep the order of each connection's ciphertext, whoever is called in between. Nothing of a connection stays
// in the scratch memory, gathered or encrypted, when the channel is called: a write or a flush may change its
// writability, whoever hears of that may write to any connection of the loop, this one included, and finds the memory
// empty. And nothing goes right to the socket while the channel's own queue has bytes. The channel is asked for that:
// that the scratch memory is free again says nothing about it, because somebody else may have used it since, and a
// queue that has become short enough to be writable again is not empty.
extension OpenSSLHandler {
    /// Writes what the connection has to send to the channel, without flushing it; or right to the socket, as far as
    /// that takes it, when nothing waits before it.
    ///
    /// - Parameter promise: Completed with the write; if there is nothing to send, with an empty one in its place.
    func writeCiphertext(promise: EventLoopPromise<Void>?) {
        if promise == nil, let socket, !isQueued(before: socket) {
            let traffic = scratch.traffic
            let isAllSent = scratch.records.sendCiphertext { bytes in
                let count = socket.send(bytes)
                traffic.countSent(count)
                return count
            }
            guard !isAllSent else { return }
        }
        let waiting = isStalled ? scratch.records.copyCiphertext() : scratch.records.takeCiphertext()
        guard let ciphertext = waiting ?? promise.map({ _ in ByteBuffer() }) else { return }
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if isStalled { givenCopy = ciphertext }
        hasUnflushed = true
        mayBeQueued = true
        scratch.traffic.countSent(ciphertext.readableBytes)
        context.write(wrapOutboundOut(ciphertext), promise: promise)
    }

    private func isQueued(before socket: DirectSocket) -> Bool {
        if mayBeQueued { mayBeQueued = socket.hasQueue }
        return mayBeQueued
    }

    /// Flushes the channel if anything was written to it, and finds out whether the socket took it.
    func flushCiphertext() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context?.flush()
        let sharedIsFree = scratch.records.reclaim()
        if isStalled, var copy = givenCopy.take() {
            isStalled = copy.modifyIfUniquelyOwned { _ in true } == nil
        } else {
            isStalled = !sharedIsFree
        }
    }
}
