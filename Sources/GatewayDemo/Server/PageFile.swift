// The page's files, and what goes with every answer: the policy that holds the page to its own files and to the gateway.

internal import BrowserClient
internal import GatewayHTTP
internal import HTTPTypes

/// A file that browsers get as it is.
struct PageFile: Sendable {
    let type: String
    let bytes: [UInt8]

    /// By path. The gateway's module is here too, because a `SharedWorker` has to come from the page's own origin.
    static let all: [String: PageFile] = [
        "/": PageFile(type: "text/html; charset=utf-8", bytes: PackageResources.index_html),
        "/app.js": PageFile(type: "text/javascript; charset=utf-8", bytes: PackageResources.app_js),
        "/style.css": PageFile(type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        "/sluice.js": PageFile(type: BrowserModule.script.mediaType, bytes: BrowserModule.script.bytes),
    ]

    var answer: Answer {
        Answer(.ok, fields: [.contentType: type, .cacheControl: "no-cache"], body: bytes)
    }
}

/// The fields that each of the demo's answers has.
enum PagePolicy {
    /// - Parameter gateway: the gateway's origin, the only other one that the page may load from and talk to.
    static func fields(gateway: String) -> HTTPFields {
        var fields = HTTPFields()
        let policy = [
            "default-src 'none'", "script-src 'self' \(gateway)", "connect-src 'self' \(gateway)", "style-src 'self'",
            "worker-src 'self'", "img-src 'self' data:", "base-uri 'none'", "frame-ancestors 'none'",
            "form-action 'self'",
        ]
        fields[.contentSecurityPolicy] = policy.joined(separator: "; ")
        fields[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
        return fields
    }
}
