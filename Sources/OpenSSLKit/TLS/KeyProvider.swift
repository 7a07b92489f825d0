// A provider (provider(7)) with one algorithm: TLS 1.3's key schedule. So the secrets of application data are seen as
// they are made. OpenSSL's other way to see them, the key log, prints each of five secrets as text, and its own key
// schedule looks up its hash twenty times per handshake.

internal import COpenSSL

/// Answers what libssl asks TLS13-KDF for while a server's handshake is on the stack.
///
/// Nothing here belongs to a connection or changes after ``isInUse``, so it is the same for all event loops. Which
/// handshake asks is known by its thread. Everybody else, and every question that is not understood, gets the answer of
/// OpenSSL's own function.
enum KeyProvider {
    /// What a context asks of its algorithms: this provider's where it has one, and else any. It is a wish, and for a
    /// property of its own (OpenSSL wants a dot in such a name): a query for `provider` would take the place of what
    /// openssl.cnf demands of `provider`, for all algorithms of the context (property(7)).
    static let query: StaticString = "?sluice.schedule=yes"

    /// Whether servers' handshakes get their keys here. They do not where openssl.cnf wants other algorithms than
    /// OpenSSL's default ones (as FIPS's): then no secret is seen here, and the SSL keeps the records. The first to ask
    /// installs the provider, for as long as the process lives.
    static let isInUse: Bool = {
        ErrorQueue.clear()
        defer { ErrorQueue.clear() }
        // First the original: later a look-up might find ours.
        guard let original, isFrom("default", original), CRYPTO_THREAD_init_local(current, nil) == 1,
            OSSL_PROVIDER_add_builtin(nil, "sluice", begin) == 1,
            // OpenSSL loads its default provider by itself, unless another has been loaded without this 1.
            OSSL_PROVIDER_try_load(nil, "sluice", 1) != nil,
            let found = EVP_KDF_fetch(nil, "TLS13-KDF", "\(query)")
        else { return false }
        defer { EVP_KDF_free(found) }
        return isFrom("sluice", found)
    }()

    private static func isFrom(_ provider: String, _ function: OpaquePointer) -> Bool {
        OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(function)).map { String(cString: $0) } == provider
    }

    /// Takes a step of a server's handshake, whose keys are derived here meanwhile. OpenSSL calls nobody in it who
    /// could take a step of another one.
    static func serve(_ connection: TLSConnection, _ step: () -> CInt) -> CInt {
        guard isInUse else { return step() }
        CRYPTO_THREAD_set_local(current, Unmanaged.passUnretained(connection).toOpaque())
        defer { CRYPTO_THREAD_set_local(current, nil) }
        return step()
    }

    /// The handshake on this thread's stack, if there is one. It is held by whoever called ``serve(_:_:)``.
    fileprivate static var connection: TLSConnection? {
        CRYPTO_THREAD_get_local(current).map { Unmanaged<TLSConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    // OpenSSL reads the tables for as long as the process lives, so nothing of what follows is freed.

    // Unsafe only because a C pointer is not Sendable: it is written once, here, and OpenSSL counts its references
    // atomically.
    nonisolated(unsafe) fileprivate static let original = EVP_KDF_fetch(nil, "TLS13-KDF", nil)

    // Unsafe only because a C pointer is not Sendable: the name of each thread's value is written once, by
    // `isInUse`, before anybody uses it.
    nonisolated(unsafe) private static let current: UnsafeMutablePointer<CRYPTO_THREAD_LOCAL> = {
        let name = UnsafeMutablePointer<CRYPTO_THREAD_LOCAL>.allocate(capacity: 1)
        name.initialize(to: CRYPTO_THREAD_LOCAL())
        return name
    }()

    // Unsafe only because a C pointer is not Sendable: the table is written once, here, and then only read.
    nonisolated(unsafe) fileprivate static let algorithms: UnsafePointer<OSSL_ALGORITHM> = table(
        OSSL_ALGORITHM(
            algorithm_names: text("TLS13-KDF"), property_definition: text("provider=sluice,sluice.schedule=yes"),
            implementation: derivation, algorithm_description: text("TLS 1.3's key schedule")),
        end: OSSL_ALGORITHM())

    // Unsafe only because a C pointer is not Sendable: the table is written once, here, and then only read.
    nonisolated(unsafe) private static let derivation: UnsafePointer<OSSL_DISPATCH> = table(
        entry(OSSL_FUNC_KDF_NEWCTX, makeContext), entry(OSSL_FUNC_KDF_FREECTX, freeContext),
        entry(OSSL_FUNC_KDF_SET_CTX_PARAMS, setParameters), entry(OSSL_FUNC_KDF_DERIVE, derive), end: OSSL_DISPATCH())

    // Unsafe only because a C pointer is not Sendable: the table is written once, here, and then only read.
    nonisolated(unsafe) fileprivate static let operations: UnsafePointer<OSSL_DISPATCH> = table(
        entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, findAlgorithms), end: OSSL_DISPATCH())

    private static func table<Row>(_ rows: Row..., end: Row) -> UnsafePointer<Row> {
        let table = UnsafeMutablePointer<Row>.allocate(capacity: rows.count + 1)
        for (index, row) in (rows + [end]).enumerated() { (table + index).initialize(to: row) }
        return UnsafePointer(table)
    }

    private static func entry<Function>(_ number: CInt, _ function: Function) -> OSSL_DISPATCH {
        // C has one type for functions of any kind. OpenSSL knows by the number what it is, and casts it back.
        let function = unsafeBitCast(function, to: (@convention(c) () -> Void).self)
        return OSSL_DISPATCH(function_id: number, function: function)
    }

    private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

private let begin:
    @convention(c) (
        OpaquePointer?, UnsafePointer<OSSL_DISPATCH>?, UnsafeMutablePointer<UnsafePointer<OSSL_DISPATCH>?>?,
        UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> CInt = { _, _, operations, _ in
        operations?.pointee = KeyProvider.operations
        return 1
    }

private let findAlgorithms:
    @convention(c) (UnsafeMutableRawPointer?, CInt, UnsafeMutablePointer<CInt>?) -> UnsafePointer<OSSL_ALGORITHM>? = {
        _, operation, mustAskAgain in
        mustAskAgain?.pointee = 0
        return operation == OSSL_OP_KDF ? KeyProvider.algorithms : nil
    }

// libssl gives all parameters when it derives, so a context has nothing to hold. It must not be null.
private let makeContext: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
    UnsafeMutableRawPointer(mutating: KeyProvider.algorithms)
}

private let freeContext: @convention(c) (UnsafeMutableRawPointer?) -> Void = { _ in }

// A context without this function would say that it had taken what it forgets, and a libssl that relied on it would
// get wrong answers instead of an error.
private let setParameters: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<OSSL_PARAM>?) -> CInt = {
    _, parameters in
    parameters?.pointee.key == nil ? 1 : 0
}

private let derive:
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, Int, UnsafePointer<OSSL_PARAM>?) -> CInt = {
        _, target, count, parameters in
        guard let target, let parameters, let connection = KeyProvider.connection,
            let step = KeyDerivation(parameters)
        else { return deriveByOpenSSL(target, count, parameters) }
        let bytes = UnsafeMutableRawBufferPointer(start: target, count: count)
        guard step.fill(bytes) else { return deriveByOpenSSL(target, count, parameters) }
        if step.isExpansion { connection.note(UnsafeRawBufferPointer(bytes), derivedFor: step.label) }
        return 1
    }

private func deriveByOpenSSL(
    _ target: UnsafeMutablePointer<UInt8>?, _ count: Int, _ parameters: UnsafePointer<OSSL_PARAM>?
) -> CInt {
    guard let context = EVP_KDF_CTX_new(KeyProvider.original) else { return 0 }
    defer { EVP_KDF_CTX_free(context) }
    return EVP_KDF_derive(context, target, count, parameters)
}
