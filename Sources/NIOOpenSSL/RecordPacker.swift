// Packs plaintext of any number of writes into as few records as possible. It knows no channel: whoever packs says what
// to do when much ciphertext has gathered.

internal import NIOCore
internal import OpenSSLKit

/// Packs writes into full records. A write that fills a record on its own, or is the only one, is encrypted from where
/// it is; several small ones are gathered first.
struct RecordPacker {
    /// Ciphertext is handed on in pieces of about this many bytes, so that one large write needs no second copy of
    /// itself.
    static let pieceBytes = 131_072

    let connection: TLSConnection
    let scratch: RecordScratch

    /// Makes room for the ciphertext in one step, if it is more than one record.
    ///
    /// - Parameter plaintextBytes: How much is going to be packed.
    func expect(_ plaintextBytes: Int) {
        guard plaintextBytes > RecordScratch.maximumPlaintext else { return }
        let records = plaintextBytes / RecordScratch.maximumPlaintext + 1
        scratch.reserve(min(plaintextBytes + records * RecordScratch.recordOverhead, Self.pieceBytes))
    }

    /// Packs one write.
    ///
    /// - Parameters:
    ///   - bytes: Its plaintext.
    ///   - prefix: What goes before.
    ///   - isLast: Whether the last record ends with it, full or not.
    ///   - spill: Called when a piece of ciphertext is ready; it must take the ciphertext.
    /// - Returns: The failure that broke the connection, if any.
    func pack(
        _ bytes: ByteBuffer, behind prefix: PlaintextPrefix, isLast: Bool, spill: () -> Void
    ) -> OpenSSLFailure? {
        let isRecord = (1...RecordScratch.maximumPlaintext).contains(prefix.byteCount + bytes.readableBytes)
        // Nearly always: what is a record of its own is put together where it is encrypted.
        if isLast, isRecord, scratch.gatheredBytes == 0 { return seal(bytes, behind: prefix) }
        if let failure = prefix.withUnsafeBytes({ pack($0, isLast: false, spill: spill) }) { return failure }
        let failure = bytes.withUnsafeReadableBytes { bytes in pack(bytes, isLast: isLast, spill: spill) }
        guard failure == nil, isLast, scratch.gatheredBytes > 0 else { return failure }
        return sealGathered(spill)
    }

    private func pack(_ bytes: UnsafeRawBufferPointer, isLast: Bool, spill: () -> Void) -> OpenSSLFailure? {
        let full = RecordScratch.maximumPlaintext
        var rest = bytes[...]
        while !rest.isEmpty {
            let gathered = scratch.gatheredBytes
            let piece = rest.prefix(full - gathered)
            rest = rest.dropFirst(piece.count)
            if gathered == 0, isLast || piece.count == full {
                if let failure = seal(UnsafeRawBufferPointer(rebasing: piece)) { return failure }
                spillMuch(spill)
            } else {
                scratch.gather(UnsafeRawBufferPointer(rebasing: piece))
                if gathered + piece.count == full, let failure = sealGathered(spill) { return failure }
            }
        }
        return nil
    }

    private func sealGathered(_ spill: () -> Void) -> OpenSSLFailure? {
        let failure = seal(scratch.gathered)
        scratch.clearGathered()
        if failure == nil { spillMuch(spill) }
        return failure
    }

    private func seal(_ bytes: ByteBuffer, behind prefix: PlaintextPrefix) -> OpenSSLFailure? {
        guard prefix.byteCount > 0 else { return bytes.withUnsafeReadableBytes { seal($0) } }
        let outcome = prefix.withUnsafeBytes { prefix in
            bytes.withUnsafeReadableBytes { connection.write($0, behind: prefix) }
        }
        if case .failed(let failure) = outcome { return failure }
        return nil
    }

    private func seal(_ plaintext: UnsafeRawBufferPointer) -> OpenSSLFailure? {
        guard case .failed(let failure) = connection.write(plaintext) else { return nil }
        scratch.clearGathered()
        return failure
    }

    /// Only with nothing gathered: whoever takes the ciphertext calls the channel, and that may call anybody.
    private func spillMuch(_ spill: () -> Void) {
        if scratch.ciphertextBytes >= Self.pieceBytes - RecordScratch.maximumPlaintext { spill() }
    }
}
