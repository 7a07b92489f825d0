// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house, from the floor up. A target imports what it declares here, and declares what it imports:
// `Tests/TidyTests` reads both. The article on the architecture draws these arrows.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }

func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(
    of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// A program with libFuzzer's `main`, which only a build for fuzzing can link: `make fuzz-parsers` asks for it.
let fuzzer: [Target] =
    Context.environment["SLUICE_FUZZER"] == nil
    ? []
    : [
        .executableTarget(
            name: "Fuzzer", dependencies: ["FuzzTargets"], path: "Tests/Support/Fuzzer",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .library(name: "NIOOpenSSL", targets: ["NIOOpenSSL"]),
    ],
    // Exact versions: a build of today and one of next year are the same program. `Tests/TidyTests` holds this.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
            traits: ["YAML", "CommandLineArguments"]),
        .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CPrefetch"),
        room("DeliveryPath", ["CPrefetch"]),
        room("OpenSSLKit", ["COpenSSL", "DeliveryPath", nio("NIOCore")]),
        room(
            "HTTP2Kit", ["CNGHTTP2", nio("NIOCore"), .product(name: "DequeModule", package: "swift-collections")]),
        room("NIOOpenSSL", ["DeliveryPath", "OpenSSLKit", nio("NIOCore"), nio("NIOTLS")]),
        room("PeerText"),
        room("StrictJSON"),
        room("PlainWords", [nio("NIOCore")]),
        room("HostNames", [nio("NIOCore"), nio("NIOPosix")]),
        room(
            "BrowserClient",
            resources: ["trunk.js", "links.js", "page.js", "sluice.d.ts"].map { .embedInCode("Module/\($0)") }),
        room(
            "DashboardPage",
            resources: [
                "index.html", "style.css", "dashboard.js", "contact.js", "plot.js", "words.js", "runbook.js",
                "RUNBOOK.md",
            ].map {
                .embedInCode("Page/\($0)")
            }),
        room("APIDescription", resources: [.embedInCode("openapi.yaml")]),
        room("TokenAuth", ["OpenSSLKit", "PeerText", "StrictJSON"]),
        room("EventStream", [nio("NIOCore")]),
        room(
            "EventLog",
            [
                "EventStream", nio("NIOCore"), .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        room("MemoryEventLog", ["EventLog"]),
        room(
            "EventHub",
            [
                "DeliveryPath", "EventLog", "EventStream", "StrictJSON", nio("NIOCore"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        room(
            "SQLiteEventLog",
            [
                "EventLog", "EventStream", nio("NIOCore"), .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        room(
            "HTTPServing",
            [
                "DeliveryPath", "EventLog", "EventStream", "HTTP2Kit", "PeerText", "StrictJSON", nio("NIOCore"),
                nio("NIOHTTP1"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        room(
            "GatewayRules",
            [
                "HTTPServing", "OpenSSLKit", "TokenAuth", "EventHub", "EventLog", "EventStream", "PeerText",
                "StrictJSON",
                "APIDescription", "BrowserClient", nio("NIOCore"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        room(
            "KeySources",
            [
                "HostNames", "NIOOpenSSL", "PeerText", "PlainWords", "StrictJSON", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOHTTP1"),
            ]),
        room(
            "NATSClient",
            [
                "HostNames", "NIOOpenSSL", "OpenSSLKit", "PeerText", "PlainWords", "StrictJSON", nio("NIOCore"),
                nio("NIOPosix"), nio("NIOTLS"),
                .product(name: "DequeModule", package: "swift-collections"),
            ]),
        room(
            "JetStreamEventLog",
            [
                "EventLog", "EventStream", "NATSClient", "OpenSSLKit", "StrictJSON", nio("NIOCore"),
                .product(name: "DequeModule", package: "swift-collections"),
            ]),
        room(
            "NATSMonitor",
            [
                "HostNames", "NIOOpenSSL", "PeerText", "PlainWords", "StrictJSON", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOHTTP1"),
            ]),
        room(
            "GatewayClient",
            [
                "PeerText", "PlainWords", "NIOOpenSSL", "EventStream", "StrictJSON", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOTLS"), nio("NIOHTTP1"),
            ]),
        room(
            "LoadFleet",
            ["GatewayClient", "NIOOpenSSL", "HTTP2Kit", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1")]),
        room(
            "GatewayServer",
            [
                "KeySources", "NATSClient", "NATSMonitor", "PeerText", "PlainWords", "StrictJSON",
                "NIOOpenSSL", "TokenAuth", "EventHub", "EventLog", "MemoryEventLog", "SQLiteEventLog",
                "JetStreamEventLog", "GatewayRules", "HTTPServing", "HTTP2Kit", "EventStream", "DashboardPage",
                nio("NIOCore"),
                nio("NIOPosix"),
                nio("NIOTLS"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]),
        room(
            "GatewayDemo",
            [
                "BrowserClient", "NIOOpenSSL", "TokenAuth", "EventLog", "EventStream", "HTTPServing", "GatewayRules",
                "GatewayClient",
                "PeerText", "PlainWords", "StrictJSON",
                nio("NIOCore"), nio("NIOPosix"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            resources: [
                .embedInCode("Page/index.html"), .embedInCode("Page/style.css"), .embedInCode("Page/app.js"),
                .embedInCode("Page/backend.js"), .embedInCode("Page/clock.js"), .embedInCode("Page/cluster.js"),
                .embedInCode("Page/dom.js"), .embedInCode("Page/feed.js"), .embedInCode("Page/inbox.js"),
                .embedInCode("Page/light.js"),
                .embedInCode("Page/people.js"), .embedInCode("Page/reactions.js"), .embedInCode("Page/wire.js"),
            ]),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "GatewayServer", "GatewayDemo", "LoadFleet", "GatewayClient", "GatewayRules", "TokenAuth",
                "EventStream",
                "PlainWords",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "LogBench",
            dependencies: ["EventLog", "EventLogPromises", "MemoryEventLog", "SQLiteEventLog", nio("NIOCore")],
            path: "bench/LogBench",
            swiftSettings: settings),
        .executableTarget(
            name: "HubBench",
            dependencies: [
                "EventHub", "EventLog", "MemoryEventLog", "SQLiteEventLog", nio("NIOCore"), nio("NIOPosix"),
            ],
            path: "bench/HubBench",
            swiftSettings: settings),
        .executableTarget(
            name: "JetStreamBench",
            dependencies: ["EventLog", "EventLogPromises", "JetStreamEventLog", "NATSClient", nio("NIOCore")],
            path: "bench/JetStreamBench",
            swiftSettings: settings),
        .executableTarget(
            name: "TokenBench", dependencies: ["TokenAuth"], path: "bench/TokenBench", swiftSettings: settings),
        tests(of: "TidyTests"),
        tests(
            of: "NIOOpenSSLTests",
            [
                "DeliveryPath", "NIOOpenSSL", "OpenSSLKit", "COpenSSL", "CAllocationCounter", "OpenSSLCommand",
                "SeededRandom",
                nio("NIOCore"), nio("NIOEmbedded"), nio("NIOPosix"), nio("NIOTLS"), nio("NIOConcurrencyHelpers"),
            ]),
        tests(of: "OpenSSLKitTests", ["OpenSSLKit", nio("NIOCore")]),
        tests(
            of: "BlackBoxTests",
            ["NATSClient", "JetStreamEventLog", "EventLogPromises", "EventLog", nio("NIOCore")],
            resources: [.copy("Clients")]),
        tests(
            of: "HTTPServingTests",
            [
                "DeliveryPath", "HTTPServing", "HTTPWire", "HTTP2Kit", "EventLog", "FrameClient", "PeerText",
                "SeededRandom",
                nio("NIOCore"), nio("NIOHTTP1"), nio("NIOEmbedded"), nio("NIOConcurrencyHelpers"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests(
            of: "GatewayRulesTests",
            [
                "GatewayRules", "HTTPServing", "HTTPWire", "HTTP2Kit", "TokenAuth", "EventHub", "EventLog",
                "MemoryEventLog", "EventStream", "CAllocationCounter", "FrameClient", "PeerText",
                "SeededRandom", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOEmbedded"), nio("NIOConcurrencyHelpers"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        tests(of: "HTTP2KitTests", ["HTTP2Kit", "FrameClient", "SeededRandom", nio("NIOCore")]),
        tests(of: "DeliveryPathTests", ["DeliveryPath"]),
        tests(of: "EventStreamTests", ["EventStream", "SeededRandom", nio("NIOCore")]),
        tests(of: "APIDescriptionTests", ["APIDescription", .product(name: "Yams", package: "Yams")]),
        tests(of: "BrowserClientTests", ["BrowserClient"]),
        tests(of: "DashboardPageTests", ["DashboardPage"]),
        tests(of: "PeerTextTests", ["PeerText", "SeededRandom", "CAllocationCounter"]),
        tests(of: "PlainWordsTests", ["PlainWords", nio("NIOCore")]),
        tests(of: "StrictJSONTests", ["StrictJSON", "SeededRandom"]),
        tests(
            of: "TokenAuthTests", ["TokenAuth", "OpenSSLKit", "StrictJSON", "SeededRandom", "CAllocationCounter"],
            resources: [.copy("Fixtures")]),
        .target(name: "CAllocationCounter", path: "Tests/Support/CAllocationCounter"),
        .target(
            name: "FrameClient", dependencies: ["CNGHTTP2", nio("NIOCore")], path: "Tests/Support/FrameClient",
            swiftSettings: settings),
        .target(
            name: "HTTPWire",
            dependencies: [
                "DeliveryPath", "HTTPServing", "HTTP2Kit", "EventLog", "FrameClient", nio("NIOCore"),
                nio("NIOHTTP1"), nio("NIOEmbedded"),
                nio("NIOConcurrencyHelpers"), .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/Support/HTTPWire", swiftSettings: settings),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "EventStream", "EventLog", "StrictJSON", "TokenAuth", "HTTP2Kit", "NIOOpenSSL", "NATSClient",
                "JetStreamEventLog", "GatewayServer", "OpenSSLCommand", nio("NIOCore"), nio("NIOEmbedded"),
            ],
            path: "Tests/Support/FuzzTargets", swiftSettings: settings),
        .target(name: "OpenSSLCommand", path: "Tests/Support/OpenSSLCommand", swiftSettings: settings),
        .target(name: "SeededRandom", path: "Tests/Support/SeededRandom", swiftSettings: settings),
        .target(
            name: "EventLogPromises", dependencies: ["EventLog", "EventStream", "SeededRandom", nio("NIOCore")],
            path: "Tests/Support/EventLogPromises", swiftSettings: settings),
        tests(
            of: "EventLogTests",
            ["EventLog", "EventStream", "EventLogPromises", "CAllocationCounter", "SeededRandom", nio("NIOCore")]),
        tests(
            of: "MemoryEventLogTests",
            ["MemoryEventLog", "CAllocationCounter", "EventLog", "EventLogPromises", "SeededRandom"]),
        tests(
            of: "EventHubTests",
            [
                "EventHub", "EventLog", "MemoryEventLog", "EventStream", "EventLogPromises", "CAllocationCounter",
                "SeededRandom", nio("NIOCore"), nio("NIOEmbedded"),
            ]),
        tests(
            of: "SQLiteEventLogTests",
            [
                "SQLiteEventLog", "EventLog", "EventLogPromises", "EventStream", "SeededRandom", nio("NIOCore"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            resources: [.copy("Fixtures")]),
        tests(
            of: "JetStreamEventLogTests",
            [
                "JetStreamEventLog", "EventLog", "EventLogPromises", "EventStream", "NATSClient", "SeededRandom",
                "CAllocationCounter", nio("NIOCore"),
            ]),
        tests(
            of: "GatewayServerTests",
            [
                "FuzzTargets", "GatewayServer", "HTTPServing", "GatewayRules", "EventHub", "EventLog",
                "JetStreamEventLog", "KeySources", "NATSClient", "NATSMonitor", "PeerText", "SeededRandom",
                "NIOOpenSSL", "TokenAuth",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"), nio("NIOCore"), nio("NIOPosix"),
                nio("NIOEmbedded"), nio("NIOConcurrencyHelpers"),
            ],
            resources: [.copy("FuzzCases")]),
        tests(
            of: "KeySourcesTests",
            [
                "KeySources", "NIOOpenSSL", "OpenSSLCommand", "SeededRandom", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOHTTP1"),
            ],
            resources: [.copy("Fixtures")]),
        tests(
            of: "NATSClientTests",
            [
                "NATSClient", "NIOOpenSSL", "OpenSSLCommand", "SeededRandom", "StrictJSON", nio("NIOCore"),
                nio("NIOEmbedded"), nio("NIOPosix"),
            ]),
        tests(of: "NATSMonitorTests", ["NATSMonitor"]),
        tests(of: "HostNamesTests", ["HostNames", nio("NIOCore"), nio("NIOPosix")]),
        tests(
            of: "GatewayClientTests",
            [
                "GatewayClient", "NIOOpenSSL", "OpenSSLCommand", "EventStream", nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"),
                nio("NIOEmbedded"), nio("NIOConcurrencyHelpers"),
            ]),
        tests(
            of: "LoadFleetTests",
            [
                "LoadFleet", "GatewayClient", "NIOOpenSSL", "HTTP2Kit", nio("NIOCore"), nio("NIOHTTP1"),
                nio("NIOEmbedded"),
            ]),
        tests(
            of: "GatewayDemoTests",
            [
                "GatewayDemo", "HTTPServing", "GatewayRules", "GatewayClient", "TokenAuth", "EventStream",
                nio("NIOCore"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests(
            of: "sluiceTests",
            [
                "sluice", "LoadFleet", "GatewayClient", "GatewayRules", "GatewayServer", "TokenAuth",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ] + fuzzer
)
