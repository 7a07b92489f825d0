// A secret that was put where its file's path belongs, in any setting and any source, is never repeated.

import Foundation
import Testing

@testable import GatewayServer

@Suite struct SecretValueTests {
    private static let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
    /// Each with the part that must not get out.
    static let secrets = [
        (#"{"keys":[{"kty":"oct","kid":"dev-1","alg":"HS256","k":"\#(key)"}]}"#, key),
        ("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n", "MIGHAgEAMBMGByqGSM49"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.abcdefgh", "eyJzdWIi"), (key, key),
        ("https://admin:hunter2@gate.example", "hunter2"), ("password one\npassword two\n", "password two"),
    ]

    @Test(arguments: Settings.all.map(\.key), secrets)
    func noSettingRepeatsASecret(_ key: String, _ secret: (value: String, part: String)) throws {
        let setting = try #require(Settings.byKey[key])
        let said = try [
            complaints(environment: [setting.environmentName: secret.value]),
            complaints(flags: ["\(setting.flag)=\(secret.value)"]),
            complaints(flags: [setting.flag, secret.value]), complaints(flags: ["--no-such-flag", secret.value]),
            complaints(flags: [secret.value]), complaints(environment: ["SLUICE_NO_SUCH": secret.value]),
        ]
        #expect(!said.joined().contains { $0.contains(secret.part) }, "\(said)")
        // What is free text takes any.
        if !["text", "list of names", "list of topics", "claim"].contains(setting.type) {
            #expect(!said[0].isEmpty || setting.type.hasPrefix("path"), "\(key) takes \(secret.value)")
        }
    }

    @Test(arguments: secrets)
    func noLineOfTheFileRepeatsOne(_ secret: (value: String, part: String)) throws {
        let quoted = "'" + secret.value.replacingOccurrences(of: "\n", with: "\n\n  ") + "'"
        for key in ["listen:\n  port", "logging:\n  level", "cors:\n  origins", "stream:\n  retry"] {
            let said = try complaints(requiredSettings + "\n\(key): \(quoted)\n")
            #expect(!said.isEmpty)
            #expect(!said.contains { $0.contains(secret.part) }, "\(said)")
        }
    }

    @Test func aKeySetInThePlaceOfItsPathIsToldWithTheRemedy() throws {
        let said = try complaints(environment: ["SLUICE_AUTH_KEYS": #"{"keys":[]}"#])
        #expect(
            said == [
                "SLUICE_AUTH_KEYS: auth.keys: a value that looks like JSON (11 bytes, not shown) is no path, but what belongs "
                    + "into a file; write it to a file that only the gateway's user can read, and give the file's path"
            ])
    }

    @Test func aPathWithAFolderThatAProgramHasNamedIsTaken() throws {
        let path = "/nix/store/\(Self.key)-keys/keys.json"
        #expect(try load(environment: ["SLUICE_AUTH_KEYS": path]).auth.keys == path)
    }

    @Test func aFileThatCannotBeReadIsNamedUnlessItsNameIsASecret() throws {
        for (keys, isShown) in [("missing.json", true), ("hunter2", false), ("/x/\(Self.key)/keys.json", false)] {
            let configuration = try load(environment: ["SLUICE_AUTH_KEYS": keys])
            let error = #expect(throws: StartupError.self) {
                try configuration.auth.trust(places: configuration.places)
            }
            #expect(error?.message.contains(keys) == isShown)
            #expect(error?.message.contains("SLUICE_AUTH_KEYS: auth.keys: ") == true)
        }
    }

    @Test func controlCharactersAreShownAsWhatTheyAre() throws {
        let said = try complaints(environment: ["SLUICE_LOGGING_LEVEL": "in\u{1B}[2Jfo"])
        #expect(said.first?.contains(#""in\u{1B}[2Jfo" is none of the choices"#) == true)
    }

    @Test func theConfigurationFilesPathIsNoExceptionFromTheRule() {
        let loader = ConfigurationLoader(path: "auth:\n  keys: \(Self.key)\n", environment: [:], flags: [])
        let error = #expect(throws: ConfigurationErrors.self) { try loader.load() }
        #expect(error?.description.contains(Self.key) == false)
    }
}
