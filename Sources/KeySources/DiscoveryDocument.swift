// What an OpenID provider says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414): here, where its keys are.

internal import StrictJSON

/// A provider's metadata, checked to be the one of the issuer that was asked for.
package struct DiscoveryDocument: Sendable, Equatable {
    /// Where the provider's keys are.
    package let keys: SecureURL

    /// The path of the document behind the issuer (§4).
    package static let path = "/.well-known/openid-configuration"

    /// - Parameters:
    ///   - json: the document.
    ///   - issuer: the issuer as it is configured. The document's has to be exactly the same (§4.3), or the keys of one
    ///     tenant would count for another.
    package init(json: [UInt8], of issuer: String) throws(FetchError) {
        let (name, address) = try Self.read(json)
        guard let name, name.utf8.elementsEqual(issuer.utf8) else {
            throw FetchError(
                .otherIssuer,
                "the discovery document names another issuer than auth.issuers does: write it there exactly as the "
                    + "provider does, a slash at its end included"
            )
        }
        guard let address else { throw FetchError(.malformed, "the discovery document has no jwks_uri") }
        do throws(SecureURLError) {
            keys = try SecureURL(address)
        } catch {
            throw FetchError(.malformed, "the discovery document's jwks_uri can't be used: \(error.reason)")
        }
    }

    private static func read(_ json: [UInt8]) throws(FetchError) -> (issuer: String?, keys: String?) {
        do throws(JSONError) {
            var (issuer, keys): (String?, String?)
            var reader = try JSONReader(json)
            var members = try reader.beginObject()
            while let name = try reader.nextMember(of: &members) {
                switch name {
                case "issuer": issuer = try reader.readString()
                case "jwks_uri": keys = try reader.readString()
                default: try reader.skipValue()
                }
            }
            try reader.finish()
            return (issuer, keys)
        } catch {
            throw FetchError(.malformed, "the discovery document is not accepted: \(error)")
        }
    }
}
