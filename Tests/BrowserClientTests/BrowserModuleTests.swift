// Promise: the module that pages import is one file that needs no other, and its types name what it exports.

import Testing

@testable import BrowserClient

@Suite struct BrowserModuleTests {
    private let script = String(decoding: BrowserModule.script.bytes, as: UTF8.self)
    private let types = String(decoding: BrowserModule.types.bytes, as: UTF8.self)

    @Test func browsersTakeItForAModule() {
        #expect(BrowserModule.script.mediaType.hasPrefix("text/javascript"))
    }

    @Test func itNeedsNoOtherModule() {
        for line in script.split(separator: "\n") where line.hasPrefix("import ") {
            Issue.record("sluice.js is to be one file: \(line)")
        }
    }

    @Test func theTypesNameEveryExport() {
        let exported = Self.names(in: script, after: "export function ")
        #expect(!exported.isEmpty)
        #expect(exported == Self.names(in: types, after: "export function "))
    }

    /// The names that stand behind a keyword, in order.
    private static func names(in text: String, after keyword: String) -> [Substring] {
        text.ranges(of: keyword).map { text[$0.upperBound...].prefix { $0.isLetter || $0.isNumber } }
    }
}
