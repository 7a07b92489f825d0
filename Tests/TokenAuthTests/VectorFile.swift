import Foundation
import StrictJSON
import Testing

@testable import TokenAuth

/// Keys and tokens that others have published (`Fixtures/*.json`).
struct VectorFile {
    struct Token {
        var (id, name, token, isGood) = ("", "", "", false)
    }

    struct Group {
        var name = ""
        var keys: [[UInt8]] = []
        var tokens: [Token] = []

        /// The group's keys as a set. What has no `kid` gets one, so that the operator's rules can be held to the rest.
        func keySet() throws -> KeySet {
            let keys = keys.enumerated().map { index, key in
                let text = String(decoding: key, as: UTF8.self)
                return text.contains("\"kid\"") ? text : "{\"kid\":\"vector \(index)\"," + text.dropFirst()
            }
            return try KeySet(jwks: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8))
        }
    }

    var groups: [Group] = []

    init(_ name: String) throws {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        var reader = try JSONReader(Array(Data(contentsOf: file)))
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            guard name == "groups" else {
                try reader.skipValue()
                continue
            }
            var array = try reader.beginArray()
            while try reader.nextElement(of: &array) { groups.append(try Self.group(&reader)) }
        }
    }

    private static func group(_ reader: inout JSONReader) throws -> Group {
        var group = Group()
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "keys":
                var keys = try reader.beginArray()
                while try reader.nextElement(of: &keys) { group.keys.append(Array(try reader.readRaw())) }
            case "tokens":
                var tokens = try reader.beginArray()
                while try reader.nextElement(of: &tokens) { group.tokens.append(try token(&reader)) }
            default: group.name = try reader.readString()
            }
        }
        return group
    }

    private static func token(_ reader: inout JSONReader) throws -> Token {
        var token = Token()
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "id": token.id = try reader.readString()
            case "name": token.name = try reader.readString()
            case "isGood": token.isGood = try reader.readBool()
            default: token.token = try reader.readString()
            }
        }
        return token
    }
}

extension TokenVerifier {
    /// Whether a token is written and signed as it should be, whatever it says.
    func isSigned(_ token: String) -> Bool {
        do throws(TokenRefusal) {
            let token = try CompactToken(Array(token.utf8))
            _ = try signer(of: token)
            _ = try token.claims()
            return true
        } catch {
            return false
        }
    }
}
