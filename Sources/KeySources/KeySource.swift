// Where an issuer's keys come from, and one fetch of them.

internal import NIOCore
internal import NIOOpenSSL

/// A place that keys are fetched from. It is the configuration's: nothing of it comes from a token.
package struct KeySource: Sendable, Equatable {
    package enum Place: Sendable, Equatable {
        /// The key set itself.
        case keys(SecureURL)
        /// The issuer, whose document says where the keys are (OpenID Connect Discovery 1.0 §4).
        case discovery(SecureURL)
    }

    /// The issuer's name, as tokens have it in `iss`.
    package let issuer: String
    package let place: Place
    /// A PEM file with the authorities that may vouch for the hosts; the system's when there is none.
    package let authorities: String?

    package init(issuer: String, place: Place, authorities: String? = nil) {
        self.issuer = issuer
        self.place = place
        self.authorities = authorities
    }

    /// Fetches the key set.
    ///
    /// - Parameter deadline: when it has to be here, the issuer's document included.
    func fetch(until deadline: NIODeadline = SecureFetch.deadline) async throws(FetchError) -> FetchedDocument {
        let client = try client()
        switch place {
        case .keys(let url): return try await client.get(url, until: deadline)
        case .discovery(let url):
            let document = try await client.get(url.appending(DiscoveryDocument.path), until: deadline)
            return try await client.get(
                DiscoveryDocument(json: document.bytes, of: issuer).keys, until: deadline)
        }
    }

    /// Made for each fetch: the system's authorities, and the file, may have changed.
    private func client() throws(FetchError) -> SecureFetch {
        do throws(TLSError) {
            return try SecureFetch(trust: authorities.map(TLSTrustRoots.file) ?? .system)
        } catch {
            throw FetchError(.tls, "the authorities can't be used: \(error.message)")
        }
    }
}
