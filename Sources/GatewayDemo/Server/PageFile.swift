// The page's files, and what goes with every answer: the policy that holds the page to its own files and to the
// gateway.

internal import BrowserClient
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore

/// A file that browsers get as it is.
struct PageFile: Sendable {
    let type: String
    let body: ByteBuffer

    init(type: String, bytes: [UInt8]) {
        self.type = type
        body = ByteBuffer(bytes: bytes)
    }

    /// By path. The gateway's module is here too, because a `SharedWorker` has to come from the page's own origin.
    static let all: [String: PageFile] = [
        "/": PageFile(type: "text/html; charset=utf-8", bytes: PackageResources.index_html),
        "/style.css": PageFile(type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        "/app.js": script(PackageResources.app_js),
        "/backend.js": script(PackageResources.backend_js),
        "/clock.js": script(PackageResources.clock_js),
        "/cluster.js": script(PackageResources.cluster_js),
        "/dom.js": script(PackageResources.dom_js),
        "/feed.js": script(PackageResources.feed_js),
        "/inbox.js": script(PackageResources.inbox_js),
        "/light.js": script(PackageResources.light_js),
        "/people.js": script(PackageResources.people_js),
        "/reactions.js": script(PackageResources.reactions_js),
        "/wire.js": script(PackageResources.wire_js),
        "/sluice.js": PageFile(type: BrowserModule.script.mediaType, bytes: BrowserModule.script.bytes),
    ]

    private static func script(_ bytes: [UInt8]) -> PageFile {
        PageFile(type: "text/javascript; charset=utf-8", bytes: bytes)
    }

    var answer: Answer {
        Answer(.ok, fields: [.contentType: type, .cacheControl: "no-cache"], file: body)
    }
}

/// The fields that each of the demo's answers has.
enum PagePolicy {
    /// - Parameters:
    ///   - gateway: the gateway's origin, the only other one that the page may load from and talk to.
    ///   - others: where else it may talk to, when it is the page of a cluster.
    static func fields(gateway: String, others: [String] = []) -> HTTPFields {
        var fields = HTTPFields()
        let peers = ([gateway] + others).joined(separator: " ")
        let policy = [
            "default-src 'none'", "script-src 'self' \(gateway)", "connect-src 'self' \(peers)", "style-src 'self'",
            "worker-src 'self'", "img-src 'self' data:", "base-uri 'none'", "frame-ancestors 'none'",
            "form-action 'self'",
        ]
        fields[.contentSecurityPolicy] = policy.joined(separator: "; ")
        fields[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
        return fields
    }
}
