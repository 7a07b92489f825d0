// What a request is called: by its client where that is in order, else by us.

import HTTPTypes
import Testing

@testable import HTTPServing

@Suite struct RequestIDTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "00-\(trace)-b7ad6b7169203331-01"

    private static func fields(_ id: String...) -> HTTPFields {
        var fields: HTTPFields = [:]
        guard let name = HTTPField.Name("X-Request-Id") else { return fields }
        for id in id { fields.append(HTTPField(name: name, value: id)) }
        return fields
    }

    private static func fields(traceparent: String) -> HTTPFields {
        HTTPField.Name("traceparent").map { [$0: traceparent] } ?? [:]
    }

    @Test(arguments: [
        "1", "7f2c1f3e-8a1b-4c4d-9e1a-0b1c2d3e4f50", "01HZX3TQ6N8W9Y0V1R2S3T4U5V", "a/b+c=~@:._",
        String(repeating: "a", count: 64),
    ]) func aClientsNameIsTakenOver(name: String) {
        #expect(RequestID(Self.fields(name))?.text == name)
    }

    /// What could end a line, hide in one, or be a token.
    @Test(arguments: ["", " ", "a b", "a\"b", "<script>", "é", "a;b", "a,b", String(repeating: "a", count: 65)])
    func anyOtherIsNot(name: String) {
        #expect(RequestID(Self.fields(name)) == nil)
    }

    @Test func twoNamesAreNone() {
        #expect(RequestID(Self.fields("a", "b")) == nil)
    }

    @Test func aTraceNamesItsRequest() {
        let id = RequestID(Self.fields(traceparent: Self.parent))
        #expect(id?.text == Self.trace)
        #expect(id?.trace == Self.trace)
        let both = RequestID(Self.fields("mine") + Self.fields(traceparent: Self.parent))
        #expect(both?.text == "mine")
        #expect(both?.trace == Self.trace)
    }

    /// W3C Trace Context §3.2.2 and §3.2.4.
    @Test(arguments: [
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false), ("", false), ("00", false),
        ("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-011", false),
    ]) func aTraceIsReadAsItsStandardHasIt(text: String, isOne: Bool) {
        #expect((RequestID(Self.fields(traceparent: text)) != nil) == isOne)
    }

    @Test func namesOfOursDiffer() {
        let ids = (0..<1000).map { _ in RequestID.fresh().text }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { $0.utf8.count <= 15 }, "so that it takes no memory")
    }
}
