import Testing

/// Rules that the compiler and the formatter do not know.
@Suite struct TidyTests {
    @Test func filesAreNotLong() {
        let long = SourceTree.all.filter { $0.lines.count > 601 }.map { "\($0.path) has \($0.lines.count) lines" }
        #expect(long == [])
    }

    @Test func thereAreFiles() { #expect(SourceTree.sources.count > 50) }

    /// Time, tasks and threads come from the seams; SystemIO implements them, programs begin with them.
    @Test func concurrencyIsStructured() {
        let free: Set<String> = ["SystemIO", "roost", "roostctl", "bench"]
        let files = (SourceTree.sources + SourceTree.tools).filter { !free.contains($0.target) }
        #expect(
            Self.lines(of: files, with: ["Task.detached", "Task.sleep", "DispatchQueue", "Date()", "ContinuousClock"])
                == [])
        #expect(Self.lines(of: files) { Self.startsTask($0) } == [])
    }

    @Test func nothingIsForced() {
        #expect(Self.lines(of: SourceTree.sources + SourceTree.tools, with: ["try!"]) == [])
    }

    /// `@unchecked Sendable` says right above why it is safe.
    @Test func uncheckedSendabilityIsExplained() {
        var violations: [String] = []
        for file in SourceTree.all where file.target != "ArchitectureTests" {
            for (number, text) in file.code where text.contains("@unchecked Sendable") {
                let above = file.lines[..<(number - 1)].reversed().prefix { line in
                    let line = line.drop { $0 == " " }
                    return line.hasPrefix("//") || line.hasPrefix("@")
                }
                if !above.contains(where: { $0.contains("// Safe:") }) { violations.append("\(file.path):\(number)") }
            }
        }
        #expect(violations == [])
    }

    @Test func nothingIsLeftForLater() {
        var violations: [String] = []
        for file in SourceTree.all where file.target != "ArchitectureTests" {
            for (index, line) in file.lines.enumerated() where line.contains("TODO") || line.contains("FIXME") {
                violations.append("\(file.path):\(index + 1)")
            }
        }
        #expect(violations == [])
    }

    /// A file is named after what is in it.
    @Test func namesMeanSomething() {
        let empty = ["Utils", "Utilities", "Helpers", "Helper", "Manager", "Common", "Misc"]
        let violations = SourceTree.all.filter { file in
            empty.contains { file.name.contains($0) || file.path.contains("/\($0)/") }
        }
        #expect(violations.map(\.path) == [])
    }

    @Test(arguments: [
        ("Task {", true), ("let task = Task { await x() }", true), ("Task(priority: .high) {", true),
        ("await withTaskGroup(of: Task.self) {", false), ("struct WriteTask {", false), ("Task<Void, Never>", false),
    ]) func knowsTasks(_ line: String, _ starts: Bool) { #expect(Self.startsTask(line) == starts) }

    private static func startsTask(_ line: String) -> Bool {
        for start in ["Task {", "Task("] {
            var rest = line[...]
            while let range = rest.firstRange(of: start) {
                let before = rest[..<range.lowerBound].last
                if before.map({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }) != true { return true }
                rest = rest[range.upperBound...]
            }
        }
        return false
    }

    private static func lines(of files: [SourceFile], with words: [String]) -> [String] {
        lines(of: files) { text in words.contains { text.contains($0) } }
    }

    private static func lines(of files: [SourceFile], where violates: (String) -> Bool) -> [String] {
        files.flatMap { file in
            file.code.filter { violates($0.text) }.map { "\(file.path):\($0.number): \($0.text)" }
        }
    }
}
