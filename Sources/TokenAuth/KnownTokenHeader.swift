// The header of the last good token. An issuer's tokens have the same one, byte for byte, until its key changes, so it
// is not decoded with each of them.

internal import PeerText
internal import Synchronization

/// Remembers what one header says, by its bytes. Only a good token's is remembered, so strangers can't push it out.
final class KnownTokenHeader: Sendable {
    private struct Known {
        let text: [UInt8]
        let header: TokenHeader
    }

    private let last = Mutex<Known?>(nil)

    /// - Parameter text: as it came, in base64url.
    /// - Returns: what it says, if it is the one that is remembered.
    func header(in text: ArraySlice<UInt8>) -> TokenHeader? {
        last.withLock { last in
            guard let last else { return nil }
            let isSame = last.text.withUnsafeBytes { known in text.withUnsafeBytes { known.isSame(as: $0) } }
            return isSame ? last.header : nil
        }
    }

    /// Remembers the header of a token whose signature is good.
    func remember(_ header: TokenHeader, from text: ArraySlice<UInt8>) {
        let known = Known(text: Array(text), header: header)
        last.withLock { $0 = known }
    }
}
