// Between the rules, which meet tokens, and the keeper of keys, who fetches what their issuers have.

internal import GatewayRules
internal import KeySources
internal import TokenAuth

/// The keeper, as the rules ask it.
struct FetchedKeys: IssuerKeys {
    let keeper: KeyKeeper<KeySet>

    func outlook(for key: MissingKey, then callback: @escaping @Sendable () -> Void) -> KeyOutlook {
        KeyOutlook(keeper.misses(key.keyID, of: key.issuer, then: callback))
    }

    func outlook(afterWaitingFor key: MissingKey) -> KeyOutlook {
        KeyOutlook(keeper.afterWaiting(for: key.keyID, of: key.issuer))
    }
}

extension KeyOutlook {
    fileprivate init(_ outlook: KeyKeeper<KeySet>.Outlook) {
        switch outlook {
        case .wait(let cancel): self = .wait(cancel: cancel)
        case .unknown: self = .unknown
        case .unavailable(let time): self = .unavailable(seconds: time.components.seconds + 1)
        }
    }
}

extension KeySet {
    /// Reads what a provider has sent.
    static func fetched(_ bytes: [UInt8]) throws(FetchError) -> KeySet {
        do throws(KeySetError) {
            return try KeySet(jwks: bytes, source: .provider)
        } catch {
            throw FetchError(.malformed, "the key set is not accepted: \(error)")
        }
    }
}
