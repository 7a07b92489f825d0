import ArgumentParser
import Foundation
import GatewayClient

/// The options that every command needs which talks to a gateway.
struct GatewayOptions: ParsableArguments {
    @OptionGroup var address: AddressOptions
    @OptionGroup var credential: TokenOptions

    /// Opens connections as the options say.
    func connector() throws -> GatewayConnector {
        let authorities = address.authorities()
        let url = try address.gateway()
        do throws(GatewayClientError) {
            return try GatewayConnector(url: url, certificateAuthorities: authorities)
        } catch {
            throw CommandFailure("--ca (or SLUICE_CA): \(error)", .configuration)
        }
    }
}
