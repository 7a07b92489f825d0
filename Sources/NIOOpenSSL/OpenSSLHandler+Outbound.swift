// From the user to the network: writes are kept until the flush, then become records and one write to the channel. In
// the steady state this allocates nothing: the ciphertext goes into storage that the event loop's connections share, and
// that is free again as soon as the socket has taken it.

public import NIOCore
internal import OpenSSLKit

extension OpenSSLHandler {
    /// Keeps the plaintext until the next flush.
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch state.write() {
        case .wait, .encrypt:
            pending.append(
                PendingWrites.Item(bytes: unwrapOutboundIn(data), promise: promise), lending: &scratch.spareQueue)
        case .refuseOutputClosed:
            promise?.fail(ChannelError.outputClosed)
        case .refuseClosed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    /// Encrypts what was written since the last flush and sends it.
    public func flush(context: ChannelHandlerContext) {
        pending.flush()
        guard state.write() == .encrypt else { return }
        encryptFlushed(context)
        flushCiphertext(context)
    }

    /// Encrypts all flushed writes; their ciphertext is written to the channel but not flushed.
    func encryptFlushed(_ context: ChannelHandlerContext) {
        guard pending.hasFlushed, let connection else { return }
        if let only = pending.takeOnly() { return encrypt(only, through: connection, context) }
        var tail: [PendingWrites.Item] = []
        guard let head = pending.takeFlushed(tail: &tail) else { return }
        encrypt(head, tail, through: connection, context)
        scratch.lend(&tail)
    }

    private func encrypt(
        _ only: PendingWrites.Item, through connection: TLSConnection, _ context: ChannelHandlerContext
    ) {
        let packer = RecordPacker(connection: connection, scratch: scratch.records)
        packer.expect(only.bytes.readableBytes)
        let failure = packer.pack(only.bytes, isLast: true) { writeCiphertext(context, promise: nil) }
        complete(failure, only.promise, context)
    }

    private func encrypt(
        _ head: PendingWrites.Item, _ tail: [PendingWrites.Item], through connection: TLSConnection,
        _ context: ChannelHandlerContext
    ) {
        let packer = RecordPacker(connection: connection, scratch: scratch.records)
        packer.expect(tail.reduce(head.bytes.readableBytes) { $0 + $1.bytes.readableBytes })
        var failure = packer.pack(head.bytes, isLast: tail.isEmpty) { writeCiphertext(context, promise: nil) }
        var promise = head.promise
        var latest = head.promise
        for (index, item) in tail.enumerated() {
            let isLast = index == tail.count - 1
            failure = failure ?? packer.pack(item.bytes, isLast: isLast) { writeCiphertext(context, promise: nil) }
            guard let next = item.promise else { continue }
            // One write to the channel answers for all of them, in their order.
            latest?.futureResult.cascade(to: next)
            promise = promise ?? next
            latest = next
        }
        complete(failure, promise, context)
    }

    private func complete(
        _ failure: OpenSSLFailure?, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext
    ) {
        guard let failure else { return writeCiphertext(context, promise: promise) }
        let error = TLSError(failure, otherwise: .internalFailure)
        promise?.fail(error)
        fail(context, error)
    }
}

// MARK: - Ciphertext

extension OpenSSLHandler {
    /// Writes what the connection has to send to the channel, without flushing it; or right to the socket, as far as that
    /// takes it, when nothing waits before it.
    ///
    /// - Parameter promise: Completed with the write; if there is nothing to send, with an empty one in its place.
    func writeCiphertext(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        if promise == nil, !isStalled, !hasUnflushed, let socket {
            let isAllSent = scratch.records.sendCiphertext { socket.send($0) }
            guard !isAllSent else { return }
        }
        guard var ciphertext = scratch.records.takeCiphertext() ?? promise.map({ _ in ByteBuffer() }) else { return }
        if isStalled {
            ciphertext = ByteBuffer(bytes: ciphertext.readableBytesView)
            givenCopy = ciphertext
        }
        hasUnflushed = true
        context.write(wrapOutboundOut(ciphertext), promise: promise)
    }

    /// Flushes the channel if anything was written to it, and finds out whether the socket took it.
    func flushCiphertext(_ context: ChannelHandlerContext) {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context.flush()
        let sharedIsFree = scratch.records.reclaim()
        if var copy = givenCopy.take() {
            isStalled = copy.modifyIfUniquelyOwned { _ in true } == nil
        } else {
            isStalled = !sharedIsFree
        }
    }
}
