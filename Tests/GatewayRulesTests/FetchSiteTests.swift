import HTTPTypes
import HTTPWire
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Whose page has a browser send the cookie, when it sends no Origin (W3C Fetch Metadata).
@Suite struct FetchSiteTests {
    private static func answer(
        _ method: HTTPRequest.Method = .get, from site: String?, origin: String? = nil, bearer: Bool = false
    ) throws -> (status: Int, code: String?) {
        let bench = try GatewayBench()
        let token = try bench.token()
        var fields: HTTPFields = bearer ? [:] : [.cookie: "__Host-sluice=\(token)"]
        if let site { fields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = site }
        if let origin { fields[.origin] = origin }
        switch bench.judge(GatewayBench.request(method, "/v1/stream", token: bearer ? token : nil, fields)) {
        case .stream: return (200, nil)
        case .answer(let answer): return (answer.status.code, answer.code)
        case .collect: throw NoResponse(text: "wants a body")
        case .postponed: throw NoResponse(text: "waits")
        }
    }

    /// Such a page can't read the answer; it would hold streams of the user's, up to the user's limit.
    @Test(arguments: ["same-site", "cross-site", "same-origin, cross-site", "SAME-ORIGIN", ""])
    func `another origin's page opens no stream by a request without CORS`(site: String) throws {
        #expect(try Self.answer(from: site) == (403, "origin-missing"))
        #expect(try Self.answer(.head, from: site).status == 403)
    }

    @Test(arguments: ["same-origin", "none", nil])
    func `a page of the gateway's own origin, its user and a program do`(site: String?) throws {
        #expect(try Self.answer(from: site) == (200, nil))
    }

    @Test(arguments: ["same-site", "cross-site"])
    func `an Origin, or a token of its own, says more`(site: String) throws {
        #expect(try Self.answer(from: site, origin: GatewayBench.allowedOrigin).status == 200)
        #expect(try Self.answer(from: site, origin: GatewayBench.otherOrigin).code == "origin-not-allowed")
        #expect(try Self.answer(from: site, bearer: true).status == 200)
    }
}
