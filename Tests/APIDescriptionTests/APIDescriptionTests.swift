// The description as a document: that it is one, and that each of its references leads somewhere. Whether it tells the
// truth is held from outside, by `DescriptionTests` of the black-box tests.

import Testing
import Yams

@testable import APIDescription

@Suite struct APIDescriptionTests {
    private let text = String(decoding: APIDescription.bytes, as: UTF8.self)

    private func document() throws -> [String: Any] { try #require(try load(yaml: text) as? [String: Any]) }

    @Test func itIsOpenAPI31() throws {
        let document = try document()
        #expect(document["openapi"] as? String == "3.1.0")
        #expect(try #require(document["paths"] as? [String: Any]).count == 16)
    }

    @Test func eachReferenceLeadsSomewhere() throws {
        let document = try document()
        let references = Self.references(in: document)
        #expect(references.count > 50)
        for reference in Set(references) {
            var place: Any? = document
            for name in reference.split(separator: "/").dropFirst() { place = (place as? [String: Any])?[String(name)] }
            #expect(place != nil, "\(reference) leads nowhere")
        }
    }

    @Test func eachComponentIsUsed() throws {
        let document = try document()
        let references = Set(Self.references(in: document))
        let components = try #require(document["components"] as? [String: [String: Any]])
        for (kind, named) in components where kind != "securitySchemes" {
            for name in named.keys {
                #expect(references.contains("#/components/\(kind)/\(name)"), "\(kind)/\(name): nothing refers to it")
            }
        }
    }

    /// Programs call a method of the client that they generate by it.
    @Test func eachOperationHasANameOfItsOwn() throws {
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        let operations = paths.values.flatMap { path in
            path.filter { !["servers", "options", "parameters"].contains($0.key) }.values
        }
        let names = operations.map { ($0 as? [String: Any])?["operationId"] as? String }
        #expect(names.count == 26)
        #expect(Set(names).count == names.count && !names.contains(nil))
    }

    private static func references(in value: Any) -> [String] {
        switch value {
        case let object as [String: Any]:
            (object["$ref"] as? String).map { [$0] } ?? object.values.flatMap(references)
        case let array as [Any]: array.flatMap(references)
        default: []
        }
    }
}
