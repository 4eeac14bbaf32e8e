import Testing

/// Imports run downwards only. SwiftPM lets a file import a module that a dependency of its target depends on; this
/// table does not.
@Suite struct ImportTests {
    /// What each target may import, apart from the standard library. The layers are those of Sources/README.md.
    static let allowed: [String: Set<String>] = [
        // ground
        "Core": ["COpenSSL", "CISAL", "CXXHash", "CLinux"],
        // pure
        "ErasureCode": ["Core", "CISAL"],
        "Placement": ["Core"],
        "Replication": ["Core"],
        "HTTP": ["Core"],
        "RPC": ["Core"],
        // engines
        "KeyValue": ["Core", "CRocksDB", "CRocksDBFlush", "Glibc"],
        "Journal": ["Core"],
        "FragmentStore": ["Core", "KeyValue"],
        "SearchIndex": ["Core", "CICU", "CStemmer", "Glibc"],
        // domain
        "Metadata": ["Core", "KeyValue"],
        "S3": ["Core", "HTTP", "CLibXML2"],
        "Directory": ["Core", "HTTP", "Placement", "Replication"],
        // operate
        "ObjectStore": [
            "Core", "ErasureCode", "Placement", "FragmentStore", "Metadata", "S3", "Directory", "SearchIndex",
        ],
        // edge
        "SystemIO": ["Core", "CUV", "COpenSSL", "CLinux", "Glibc"],
        // compose
        "Node": [
            "Core", "ErasureCode", "Placement", "Replication", "HTTP", "RPC", "KeyValue", "Journal", "FragmentStore",
            "SearchIndex", "Metadata", "S3", "Directory", "ObjectStore", "SystemIO",
        ],
        // programs
        "roost": ["Core", "SystemIO", "Node", "Glibc"],
        "roostctl": ["Core", "HTTP", "S3", "SystemIO", "Glibc"],
        "bench": ["Core", "HTTP", "S3", "SearchIndex", "SystemIO", "Glibc"],
    ]

    /// Of the standard library.
    static let everywhere: Set<String> = ["Swift", "Synchronization"]

    @Test func everyImportIsInTheTable() {
        var violations: [String] = []
        for file in SourceTree.sources + SourceTree.tools {
            guard let allowed = Self.allowed[file.target] else {
                violations.append("\(file.path): the target \(file.target) is not in the table")
                continue
            }
            for (number, text) in file.code {
                guard let module = Self.importedModule(text) else { continue }
                if !allowed.contains(module), !Self.everywhere.contains(module) {
                    violations.append("\(file.path):\(number): \(file.target) must not import \(module)")
                }
            }
        }
        #expect(violations == [])
    }

    /// The table itself runs downwards: a target imports only targets of its own or a lower layer.
    @Test func theTableHasNoCycle() {
        var done: Set<String> = []
        var remaining = Self.allowed
        while !remaining.isEmpty {
            let ready = remaining.filter { entry in
                entry.value.allSatisfy { done.contains($0) || Self.allowed[$0] == nil }
            }
            guard !ready.isEmpty else { break }
            for name in ready.keys {
                done.insert(name)
                remaining[name] = nil
            }
        }
        #expect(remaining.keys.sorted() == [])
    }

    @Test(
        arguments: [
            ("import Core", "Core"), ("public import HTTP", "HTTP"), ("@testable import S3", "S3"),
            ("internal import struct Core.Digest", "Core"), ("@_exported public import Core", "Core"),
            ("  private import Synchronization", "Synchronization"), ("let import = 1", nil), ("// import Core", nil),
            ("important()", nil),
        ] as [(String, String?)])
    func readsImports(_ line: String, _ module: String?) {
        let code = SourceFile(path: "", lines: [line]).code.first?.text ?? ""
        #expect(Self.importedModule(code) == module)
    }

    private static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count else { return nil }
        let modifiers: Set<Substring> = ["public", "internal", "private", "fileprivate", "package"]
        guard words[..<index].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") }) else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let named = kinds.contains(words[index + 1]) && index + 2 < words.count ? words[index + 2] : words[index + 1]
        return named.split(separator: ".").first.map(String.init)
    }
}
