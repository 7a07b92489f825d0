// The description of what the gateway serves, embedded in the program: whoever has the binary has its OpenAPI document.

/// The OpenAPI document, as the gateway serves it.
package enum APIDescription {
    /// RFC 9512.
    package static let mediaType = "application/yaml"

    /// The file, in UTF-8.
    package static let bytes: [UInt8] = PackageResources.openapi_yaml
}
