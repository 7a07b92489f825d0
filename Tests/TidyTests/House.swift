// What the rooms may do beyond the arrows, which stand in Package.swift: who may open which door, and who holds C.

/// The rules of the house.
enum House {
    /// Modules that come with the language, and that no target declares.
    static let platform: Set<String> = [
        "Swift", "Synchronization", "Testing", "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Musl",
    ]

    /// Modules that open one door only, and the rooms behind it, with the reason.
    static let doors: [(module: String, rooms: Set<String>, reason: String)] = [
        ("COpenSSL", ["OpenSSLKit"], "C is held in one room; ask OpenSSLKit for what you need"),
        ("CPrefetch", ["DeliveryPath"], "C is held in one room; ask DeliveryPath for what you need"),
        ("CNGHTTP2", ["HTTP2Kit"], "C is held in one room; ask HTTP2Kit for what you need"),
        ("GRDB", ["SQLiteEventLog"], "SQL is held in one room; ask the event log"),
        (
            "NIOPosix",
            [
                "GatewayServer", "GatewayClient", "KeySources", "LoadFleet", "GatewayDemo", "NATSClient", "NATSMonitor",
                "HostNames",
            ],
            "sockets are opened in these rooms only; take a Channel"
        ),
        (
            "Foundation", ["SQLiteEventLog", "JetStreamEventLog", "GatewayServer", "sluice"],
            "the rooms below have bytes and the language; what only Foundation knows is for the edges"
        ),
        (
            "Glibc",
            ["NIOOpenSSL", "HTTP2Kit", "PeerText", "PlainWords", "SQLiteEventLog", "HostNames", "GatewayServer"],
            "calls of the system are for the rooms that hold sockets, files or memory"
        ),
        ("Musl", [], "the gateway is built on glibc alone, so a branch for another C library is compiled by nobody"),
        (
            "Dispatch", ["HostNames", "sluice"],
            "threads of NIO and tasks are all that there is, but for a call that blocks for as long as it likes"
        ),
        ("NIOSSL", [], "it brings BoringSSL; use NIOOpenSSL"),
        ("Crypto", [], "it brings BoringSSL; use OpenSSLKit"),
        ("FoundationNetworking", [], "it brings another TLS; use GatewayClient"),
    ]

    /// Rooms that hold a C library's pointers: what is unsafe stays there, each time with its reason.
    static let holdC: Set<String> = ["OpenSSLKit", "HTTP2Kit", "SQLiteEventLog"]

    /// Rooms that stand before the one that will use them: what they open is named by no other room yet.
    static let standsAlone: Set<String> = []

    /// Folders that Package.swift has a target of only when it is asked to.
    static let builtWhenAsked = ["Tests/Support/Fuzzer/"]

    /// Test targets that test no single room.
    static let testsOfTheWhole: Set<String> = ["TidyTests", "BlackBoxTests"]
}
