// swift-tools-version: 6.2
import PackageDescription

// Imports run downwards only: Sources/README.md has the table, Tests/ArchitectureTests checks it against the sources.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func system(_ name: String, _ pkgConfig: String, _ apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, exclude: [], swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "roost",
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .executable(name: "roostctl", targets: ["roostctl"]),
        .executable(name: "bench", targets: ["bench"]),
    ],
    targets: [
        // C modules
        system("COpenSSL", "openssl", "libssl-dev"),
        system("CISAL", "libisal", "libisal-dev"),
        system("CLibXML2", "libxml-2.0", "libxml2-dev"),
        system("CRocksDB", "rocksdb", "librocksdb-dev"),
        system("CUV", "libuv", "libuv1-dev"),
        system("CXXHash", "libxxhash", "libxxhash-dev"),
        system("CICU", "icu-uc", "libicu-dev"),
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CRocksDBFlush", dependencies: ["CRocksDB"]),
        // ground
        library("Core", ["COpenSSL", "CISAL", "CXXHash", "CLinux"]),
        // pure
        library("ErasureCode", ["Core", "CISAL"]),
        library("Placement", ["Core"]),
        .target(
            name: "Replication", dependencies: ["Core"], exclude: ["Replication.md"], swiftSettings: settings),
        library("HTTP", ["Core"]),
        // engines
        library("KeyValue", ["Core", "CRocksDB", "CRocksDBFlush"]),
        library("Journal", ["Core"]),
        library("FragmentStore", ["Core", "KeyValue"]),
        .target(
            name: "SearchIndex", dependencies: ["Core", "CICU", "CStemmer"],
            exclude: ["QueryLanguage.md", "SearchIndex.md"],
            swiftSettings: settings),
        // domain
        library("Metadata", ["Core", "KeyValue"]),
        library("S3", ["Core", "HTTP", "CLibXML2"]),
        library("Directory", ["Core", "HTTP", "Placement", "Replication"]),
        // operate
        library(
            "ObjectStore",
            ["Core", "ErasureCode", "Placement", "FragmentStore", "SearchIndex", "Metadata", "S3", "Directory"]),
        // edge
        library("SystemIO", ["Core", "CUV", "COpenSSL", "CLinux"]),
        // compose
        .target(
            name: "Node",
            dependencies: [
                "Core", "ErasureCode", "Placement", "Replication", "HTTP", "KeyValue", "Journal", "FragmentStore",
                "SearchIndex", "Metadata", "S3", "Directory", "ObjectStore", "SystemIO",
            ],
            // The console is a part of the program: there is nothing to install beside it.
            resources: [
                "index.html", "icon.svg", "console.css", "console.js", "signer.js", "store.js", "page.js", "objects.js",
                "search.js", "system.js",
            ].map { .embedInCode("Console/Web/\($0)") },
            swiftSettings: settings),
        // programs
        program("roost", ["Core", "SystemIO", "Node"]),
        program("roostctl", ["Core", "HTTP", "S3", "SystemIO"]),
        program("bench", path: "Tools/bench", ["Core", "HTTP", "S3", "SearchIndex", "SystemIO"]),
        // tests
        .target(
            name: "TestSupport", dependencies: ["Core", "KeyValue"], path: "Tests/TestSupport", swiftSettings: settings),
        tests("ArchitectureTests", []),
        tests("CoreTests", ["Core"]),
        tests("ErasureCodeTests", ["ErasureCode", "Core"]),
        tests("PlacementTests", ["Placement", "Core"]),
        tests("ReplicationTests", ["Replication", "Core"]),
        tests("HTTPTests", ["HTTP", "Core"]),
        tests("SystemIOTests", ["SystemIO", "HTTP", "Core"]),
        tests("S3Tests", ["S3", "HTTP", "Core"], resources: [.copy("Fixtures")]),
        tests("KeyValueTests", ["KeyValue", "Core"]),
        tests("JournalTests", ["Journal", "Core"]),
        tests("FragmentStoreTests", ["FragmentStore", "KeyValue", "Core"]),
        tests("SearchIndexTests", ["SearchIndex", "Core"]),
        tests("MetadataTests", ["Metadata", "KeyValue", "Core"], resources: [.copy("Fixtures")]),
        tests("DirectoryTests", ["Directory", "Placement", "Replication", "Core"]),
        tests(
            "ObjectStoreTests",
            ["ObjectStore", "Metadata", "SearchIndex", "FragmentStore", "Directory", "S3", "Core"]),
        tests("NodeTests", ["Node", "ObjectStore", "Replication", "Journal", "SystemIO", "Core"]),
    ],
    cxxLanguageStandard: .cxx17
)
