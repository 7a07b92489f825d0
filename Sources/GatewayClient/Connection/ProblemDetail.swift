package import NIOCore

/// What a gateway says about a refusal (RFC 9457): the code to look up and the sentence to read.
package struct ProblemDetail: Sendable, Equatable {
    let code: String?
    let title: String?
    let detail: String?

    /// Reads a problem detail.
    ///
    /// - Parameter json: a response's body.
    /// - Returns: `nil` when it is not a JSON object, as with a proxy's own error page.
    package init?(json: ByteBuffer) {
        guard let members = JSONFields(json: json.readableBytesView) else { return nil }
        code = members.string("code")
        title = members.string("title")
        detail = members.string("detail")
    }

    /// A refusal in plain words, with what the gateway said when it said something.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - problem: what came with it.
    package static func sentence(status: Int, _ problem: ProblemDetail?) -> String {
        let label = problem?.code.map { "\(status) \($0)" } ?? String(status)
        let reason = problem?.detail ?? problem?.title ?? "no reason given; is this a Sluice gateway?"
        return "the gateway refused (\(label)): \(printable(reason))"
    }

    /// Removes control characters (C0, C1): the text goes to a terminal, and may come from somebody else than the
    /// gateway.
    static func printable(_ text: String) -> String {
        String(text.prefix(500).map { $0.unicodeScalars.contains(where: isControl) ? " " : $0 })
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }
}
