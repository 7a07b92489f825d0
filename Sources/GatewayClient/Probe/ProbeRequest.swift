internal import NIOHTTP1

/// A request as a page in a browser would cause it, field by field.
package struct ProbeRequest: Sendable {
    /// The method.
    package let method: String
    /// The gateway's path, with its slash.
    package let path: String
    /// The fields beside `Host` and `User-Agent`.
    package let fields: [ProbeField]
    /// Sent as `Authorization`.
    package let token: BearerToken?

    /// - Parameters:
    ///   - method: the method.
    ///   - path: the gateway's path.
    ///   - fields: the fields beside `Host` and `User-Agent`.
    ///   - token: what to send as `Authorization`.
    package init(_ method: String, _ path: String, fields: [ProbeField] = [], token: BearerToken? = nil) {
        self.method = method
        self.path = path
        self.fields = fields
        self.token = token
    }

    func head(at url: GatewayURL) -> HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": url.authority, "User-Agent": "sluice"]
        for field in fields { headers.add(name: field.name, value: field.value) }
        if let token { headers.add(name: "Authorization", value: token.headerValue) }
        if method == "POST" { headers.add(name: "Content-Length", value: "0") }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: url.target(path), headers: headers)
    }
}

/// A header field.
package struct ProbeField: Sendable, Equatable {
    /// The name; upper and lower case are the same.
    package let name: String
    /// The value, without the space around it.
    package let value: String

    /// - Parameters:
    ///   - name: the name.
    ///   - value: the value.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
