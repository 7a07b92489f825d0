// The arrows of the house: which room may import what. A new arrow is a decision about the design: draw it here, in
// Package.swift and in the architecture article together.

/// What the rooms in `Sources` may import.
enum House {
    /// Parts of the language that every room has.
    static let everywhere: Set<String> = ["Swift", "Synchronization"]

    /// Per room, the rooms and outside modules that its files may import.
    static let arrows: [String: Set<String>] = [
        "OpenSSLKit": ["COpenSSL", "NIOCore"],
        "NIOOpenSSL": ["OpenSSLKit", "NIOCore", "NIOTLS", "Glibc", "Musl"],
        "HTTP2Kit": ["CNGHTTP2", "NIOCore", "DequeModule", "Glibc", "Musl"],
        "PeerText": ["Glibc", "Musl"],
        "StrictJSON": [],
        "PlainWords": ["NIOCore", "Glibc", "Musl"],
        "BrowserClient": [],
        "TokenAuth": ["OpenSSLKit", "PeerText", "StrictJSON"],
        "EventStream": ["NIOCore"],
        "EventLog": ["EventStream", "NIOCore", "DequeModule", "HeapModule"],
        "MemoryEventLog": ["EventLog"],
        "EventHub": ["EventLog", "EventStream", "StrictJSON", "NIOCore", "DequeModule"],
        "SQLiteEventLog": ["EventLog", "EventStream", "NIOCore", "GRDB", "GRDBSQLite", "Foundation", "Glibc", "Musl"],
        "GatewayHTTP": [
            "HTTP2Kit", "BrowserClient",
            "OpenSSLKit", "TokenAuth", "EventHub", "EventLog", "EventStream", "PeerText", "StrictJSON", "NIOCore",
            "NIOHTTP1",
            "HTTPTypes", "DequeModule", "Synchronization",
        ],
        "GatewayClient": [
            "PeerText", "PlainWords", "NIOOpenSSL", "EventStream", "HTTP2Kit", "StrictJSON", "NIOCore", "NIOPosix",
            "NIOTLS", "NIOHTTP1",
        ],
        "GatewayServer": [
            "PeerText", "PlainWords", "HTTP2Kit",
            "NIOOpenSSL", "TokenAuth", "EventHub", "EventLog", "MemoryEventLog", "SQLiteEventLog", "EventStream",
            "GatewayHTTP", "NIOCore",
            "NIOPosix", "NIOTLS",
            "NIOHTTP1", "Configuration", "HTTPTypes", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals", "Yams",
            "DequeModule", "FoundationEssentials", "Foundation", "Glibc", "Musl",
        ],
        "GatewayDemo": [
            "BrowserClient", "NIOOpenSSL", "TokenAuth", "EventLog", "EventStream", "GatewayHTTP", "GatewayClient",
            "PeerText", "PlainWords", "StrictJSON", "NIOCore", "NIOPosix", "NIOHTTP1", "HTTPTypes",
        ],
        "sluice": [
            "GatewayServer", "GatewayDemo", "GatewayClient", "GatewayHTTP", "TokenAuth", "EventStream", "PlainWords",
            "ArgumentParser", "Logging", "Dispatch", "FoundationEssentials", "Foundation", "Glibc", "Musl",
        ],
    ]

    /// Modules that open one door only, and the rooms behind it, with the reason.
    static let doors: [(module: String, rooms: Set<String>, reason: String)] = [
        ("COpenSSL", ["OpenSSLKit"], "C is held in one room; ask OpenSSLKit for what you need"),
        ("CNGHTTP2", ["HTTP2Kit"], "C is held in one room; ask HTTP2Kit for what you need"),
        ("GRDB", ["SQLiteEventLog"], "SQL is held in one room; ask the event log"),
        (
            "NIOPosix", ["GatewayServer", "GatewayClient", "GatewayDemo"],
            "sockets are opened in these rooms only; take a Channel"
        ),
        ("NIOSSL", [], "it brings BoringSSL; use NIOOpenSSL"),
        ("Crypto", [], "it brings BoringSSL; use OpenSSLKit"),
        ("FoundationNetworking", [], "it brings another TLS; use GatewayClient"),
    ]

    /// Rooms that hold a C library's pointers: what is unsafe stays there, each time with its reason.
    static let holdC: Set<String> = ["OpenSSLKit", "HTTP2Kit", "SQLiteEventLog"]

    /// Test targets that test no single room.
    static let testsOfTheWhole: Set<String> = ["TidyTests", "BlackBoxTests"]

    /// Rooms that only the tests from outside can test.
    static let testedFromOutside: Set<String> = ["COpenSSL", "sluice"]
}
