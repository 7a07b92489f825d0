// What OpenSSL's configuration demands goes before our key schedule. Demands hold for a whole process, so each test has
// one of its own.

import COpenSSL
import Testing

@testable import NIOOpenSSL
@testable import OpenSSLKit

@Suite struct KeyDemandTests {
    /// Whose function a query finds; nil for nobody's.
    private static func provider(of query: String) -> String? {
        guard let function = EVP_KDF_fetch(nil, "TLS13-KDF", query) else { return nil }
        defer { EVP_KDF_free(function) }
        return OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(function)).map { String(cString: $0) }
    }

    /// Of openssl.cnf's `default_properties`.
    @Test func `the query takes the place of no demand`() async {
        await #expect(processExitsWith: .success) {
            try #require(KeyProvider.isInUse)
            #expect(Self.provider(of: "\(KeyProvider.query)") == "sluice")
            let demands: [(String, String?)] = [
                ("provider=default", "default"), ("provider!=sluice", "default"), ("provider!=legacy", "sluice"),
                ("provider=legacy", nil), ("fips=yes", nil), ("", "sluice"),
            ]
            for (demand, expected) in demands {
                try #require(EVP_set_default_properties(nil, demand) == 1)
                #expect(Self.provider(of: "\(KeyProvider.query)") == expected, "\(demand)")
            }
        }
    }

    @Test(arguments: ["provider=default", "provider!=sluice"])
    func `where another key schedule is demanded the SSL keeps the records`(demand: String) async {
        await #expect(processExitsWith: .success) { [demand] in
            try #require(EVP_set_default_properties(nil, demand) == 1)
            let contexts = try Contexts.make()
            #expect(!contexts.server.sealsRecords)
            let wire = try contexts.wire().connect()
            #expect(try #require(wire.server.handler.connection).ssl != nil)
            wire.server.send("hello")
            wire.run()
            #expect(wire.client.recorder.text == "hello")
        }
    }

    @Test func `without a demand it does not`() throws {
        let contexts = try Contexts.make()
        #expect(contexts.server.sealsRecords && !contexts.client.sealsRecords)
    }

    /// As with FIPS's, when openssl.cnf loads it instead of the default one, without any demand.
    @Test func `what is not the default provider's is not replaced`() async {
        await #expect(processExitsWith: .success) {
            try #require(OSSL_PROVIDER_add_builtin(nil, "module", OtherProvider.begin) == 1)
            try #require(OSSL_PROVIDER_load(nil, "module") != nil)
            #expect(Self.provider(of: "") == "module")
            #expect(!KeyProvider.isInUse)
            #expect(OSSL_PROVIDER_available(nil, "sluice") == 0)
        }
    }
}

/// A provider whose TLS13-KDF makes nothing.
private enum OtherProvider {
    static let begin:
        @convention(c) (
            OpaquePointer?, UnsafePointer<OSSL_DISPATCH>?, UnsafeMutablePointer<UnsafePointer<OSSL_DISPATCH>?>?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> CInt = { _, _, operations, _ in
            operations?.pointee = OtherProvider.operations
            return 1
        }

    // Unsafe only because a C pointer is not Sendable: each table is written once, here, and then only read.
    nonisolated(unsafe) private static let operations = table(
        OSSL_DISPATCH(
            function_id: OSSL_FUNC_PROVIDER_QUERY_OPERATION,
            function: unsafeBitCast(findAlgorithms, to: (@convention(c) () -> Void).self)), OSSL_DISPATCH())

    private static let findAlgorithms:
        @convention(c) (UnsafeMutableRawPointer?, CInt, UnsafeMutablePointer<CInt>?) -> UnsafePointer<OSSL_ALGORITHM>? =
            { _, operation, _ in operation == OSSL_OP_KDF ? OtherProvider.algorithms : nil }

    nonisolated(unsafe) private static let algorithms = table(
        OSSL_ALGORITHM(
            algorithm_names: KeyQuestion.name("TLS13-KDF"), property_definition: KeyQuestion.name("provider=module"),
            implementation: functions, algorithm_description: nil), OSSL_ALGORITHM())

    private static let make: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in nil }
    private static let free: @convention(c) (UnsafeMutableRawPointer?) -> Void = { _ in }
    private static let derive:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, Int, UnsafePointer<OSSL_PARAM>?
        ) -> CInt = { _, _, _, _ in 0 }

    nonisolated(unsafe) private static let functions = table(
        OSSL_DISPATCH(
            function_id: OSSL_FUNC_KDF_NEWCTX, function: unsafeBitCast(make, to: (@convention(c) () -> Void).self)),
        OSSL_DISPATCH(
            function_id: OSSL_FUNC_KDF_FREECTX, function: unsafeBitCast(free, to: (@convention(c) () -> Void).self)),
        OSSL_DISPATCH(
            function_id: OSSL_FUNC_KDF_DERIVE, function: unsafeBitCast(derive, to: (@convention(c) () -> Void).self)),
        OSSL_DISPATCH())

    private static func table<Row>(_ rows: Row...) -> UnsafePointer<Row> {
        let table = UnsafeMutablePointer<Row>.allocate(capacity: rows.count)
        for (index, row) in rows.enumerated() { (table + index).initialize(to: row) }
        return UnsafePointer(table)
    }
}
