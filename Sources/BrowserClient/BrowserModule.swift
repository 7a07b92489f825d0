// The module that pages import from the gateway, embedded in the program so that one binary is all there is to install.
// The code is in `Module`; this file only hands out its bytes.

/// A file for the browser.
package struct BrowserModule: Sendable {
    /// What goes into `Content-Type`. Browsers run a module only when it says JavaScript.
    package let mediaType: String
    /// The file, in UTF-8.
    package let bytes: [UInt8]

    /// `sluice.js`, the ES module: one file for whoever loads or copies it, three subjects for who reads the code.
    package static let script = BrowserModule(
        mediaType: "text/javascript; charset=utf-8",
        bytes: PackageResources.trunk_js + PackageResources.links_js + PackageResources.page_js)

    /// `sluice.d.ts`, its types for TypeScript.
    package static let types = BrowserModule(
        mediaType: "application/typescript; charset=utf-8", bytes: PackageResources.sluice_d_ts)
}
