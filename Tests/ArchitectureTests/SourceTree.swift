import FoundationEssentials

/// A Swift file of the project.
struct SourceFile: Sendable {
    /// Relative to the repository.
    var path: String
    var lines: [String]

    /// `Core` of `Sources/Core/Bytes/ByteReader.swift`; the folder's name below Tools and Tests too.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var name: String { path.split(separator: "/").last.map(String.init) ?? "" }

    /// Lines without their comments, numbered from 1. Text in quotes stays: no rule is about quotes.
    var code: [(number: Int, text: String)] {
        lines.enumerated().map { index, line in
            (
                index + 1,
                line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
            )
        }
    }
}

enum SourceTree {
    /// The repository's folder, from the place of this file.
    static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    static let sources = files(in: "Sources")
    static let tools = files(in: "Tools")
    static let tests = files(in: "Tests")
    static let all = sources + tools + tests

    private static func files(in folder: String) -> [SourceFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        var files: [SourceFile] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            var isFolder = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) else { continue }
            if isFolder {
                files += Self.files(in: path)
            } else if name.hasSuffix(".swift"), let data = FileManager.default.contents(atPath: "\(root)/\(path)") {
                let text = String(decoding: data, as: UTF8.self)
                files.append(
                    SourceFile(
                        path: path,
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
            }
        }
        return files
    }
}
