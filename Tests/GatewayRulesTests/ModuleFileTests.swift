import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// The files for clients: the module that pages import, its types, and the description of what is served.
@Suite struct ModuleFileTests {
    @Test(arguments: [
        ("/v1/sluice.js", "text/javascript; charset=utf-8", "export function connect"),
        ("/v1/sluice.d.ts", "application/typescript; charset=utf-8", "export function connect"),
        ("/v1/openapi.yaml", "application/yaml", "openapi: 3.1.0"),
    ])
    func `it is served without a credential`(path: String, type: String, text: String) throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(GatewayBench.request(.get, path, [.origin: GatewayBench.allowedOrigin]))
        #expect(answer.status == .ok)
        #expect(answer.fields[.contentType] == type)
        #expect(answer.fields[.cacheControl] == "no-cache")
        #expect(answer.fields[.xContentTypeOptions] == "nosniff")
        #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
        #expect(answer.text.contains(text))
    }

    @Test func `it is held once, however many wait for it`() throws {
        let bench = try GatewayBench()
        let bodies = try (0..<2).map { _ in try bench.answer(GatewayBench.request(.get, "/v1/sluice.js")) }
        let places = bodies.map { answer in answer.body.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(places[0] != nil && places[0] == places[1])
        #expect(bodies.allSatisfy { $0.ownBytes == 0 })
        #expect(try bench.answer(GatewayBench.request(.get, "/nowhere")).ownBytes > 0)
    }

    @Test func `another origin's page gets nothing`() throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(
            GatewayBench.request(.get, "/v1/sluice.js", [.origin: GatewayBench.otherOrigin]))
        #expect(answer.status == .forbidden)
    }

    @Test func `who has it is told so`() throws {
        let bench = try GatewayBench()
        let tag = try #require(try bench.answer(GatewayBench.request(.get, "/v1/sluice.js")).fields[.eTag])
        #expect(try bench.answer(GatewayBench.request(.get, "/v1/sluice.d.ts")).fields[.eTag] != tag)
        for value in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let answer = try bench.answer(GatewayBench.request(.get, "/v1/sluice.js", [.ifNoneMatch: value]))
            #expect(answer.status == .notModified, "\(value)")
            #expect(answer.text.isEmpty)
            #expect(answer.fields[.eTag] == tag)
        }
        let stale = try bench.answer(GatewayBench.request(.get, "/v1/sluice.js", [.ifNoneMatch: "\"other\""]))
        #expect(stale.status == .ok)
    }
}
