// Flags and variables that do not exist or have no value.

import Testing

@testable import GatewayServer

@Suite struct ConfigurationFlagTests {
    static let flags: [([String], String)] = [
        (["--listen-prot", "1"], "--listen-prot: is no flag; did you mean --listen-port?"),
        (["--listen-prot=1"], "--listen-prot: is no flag; did you mean --listen-port?"),
        (["--confg", "x"], "--confg: is no flag; did you mean --config?"),
        (["--colour"], "--colour: is no flag; `sluice serve --help` lists the flags"),
        (
            ["--limits-streams_per_user", "1"],
            "--limits-streams_per_user: is no flag; did you mean --limits-streams-per-user?"
        ),
        (["stray"], "stray: is no flag; write settings as --listen-port 8443"),
        (["-p", "1"], "-p: is no flag; write settings as --listen-port 8443"),
        (["--listen-port"], "--listen-port: has no value; write --listen-port PORT"),
        (["--listen-port", "--auth-query-token"], "--listen-port: has no value; write --listen-port PORT"),
        (
            ["--listen-port", "1", "--listen-port", "2"],
            "--listen-port: is written more than once; keep one of them"
        ),
        (["--auth-issuer="], "--auth-issuer: auth.issuer: \"\" is empty; write a value, or remove it"),
        (
            ["--auth-query-token", "yes"],
            "yes: is no flag; write settings as --listen-port 8443"
        ),
    ]

    @Test(arguments: flags) func refused(_ arguments: [String], _ complaint: String) throws {
        #expect(try complaints(flags: arguments).first == complaint)
    }

    static let variables: [(String, String, String)] = [
        ("SLUICE_LISTEN_PROT", "1", "SLUICE_LISTEN_PROT: is no setting; did you mean SLUICE_LISTEN_PORT?"),
        ("SLUICE_LISTEN__PORT", "1", "SLUICE_LISTEN__PORT: is no setting; did you mean SLUICE_LISTEN_PORT?"),
        ("SLUICE_SECRET_WORD", "hunter2", "SLUICE_SECRET_WORD: is no setting; unset it"),
        ("SLUICE_AUTH_ISSUER", "", "SLUICE_AUTH_ISSUER: auth.issuer: \"\" is empty; write a value, or remove it"),
    ]

    @Test(arguments: variables) func refusedVariables(_ name: String, _ value: String, _ complaint: String) throws {
        #expect(try complaints(environment: [name: value]) == [complaint])
    }

    /// A variable that is not ours may hold anything, also a secret.
    @Test func theValueOfAnUnknownVariableIsNotShown() throws {
        #expect(try complaints(environment: ["SLUICE_PASSWORD": "hunter2"]).joined().contains("hunter2") == false)
    }

    @Test func nearNames() {
        #expect(NearestName.distance("kitten", "sitting") == 3)
        #expect(NearestName.distance("", "abc") == 3)
        #expect(NearestName.distance("abc", "abc") == 0)
        #expect(NearestName.find("prot", among: ["port", "address"]) == nil)
        #expect(NearestName.find("ports", among: ["port", "address"]) == "port")
        #expect(NearestName.find("x", among: []) == nil)
    }
}
