import Core
import FoundationEssentials
import HTTP
import Testing

@testable import S3

/// The credentials and the time of AWS's published examples.
enum Example {
    static let accessKey = "AKIAIOSFODNN7EXAMPLE"
    static let secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    static let credentials = AccessCredentials(accessKey: accessKey, secretKey: secretKey)
    static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// 20130524T000000Z.
    static let time = WallTime(milliseconds: 1_369_353_600_000)

    static func credential(_ accessKey: String) -> Credential? {
        accessKey == Self.accessKey ? Credential(secretKey: secretKey, user: "alice") : nil
    }
}

/// A file of blocks divided by empty lines, each line `name: value`.
struct Fixture {
    struct Block: Sendable, CustomTestStringConvertible {
        var lines: [(name: String, value: String)] = []
        subscript(_ name: String) -> String { lines.first { $0.name == name }?.value ?? "" }
        func all(_ name: String) -> [String] { lines.filter { $0.name == name }.map(\.value) }
        var testDescription: String { lines.first?.value ?? "" }
    }

    static func blocks(_ name: String) -> [Block] {
        let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)
        guard let data = FileManager.default.contents(atPath: "\(folder)/Fixtures/\(name)") else { return [] }
        var blocks: [Block] = []
        var block = Block()
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !block.lines.isEmpty { blocks.append(block) }
                block = Block()
            } else if let colon = line.firstIndex(of: ":") {
                block.lines.append((String(line[..<colon]), String(line[line.index(colon, offsetBy: 2)...])))
            }
        }
        return blocks
    }
}

extension Fixture.Block {
    var head: RequestHead {
        var headers = Headers()
        for header in all("header") {
            guard let colon = header.firstIndex(of: ":") else { continue }
            headers.add(String(header[..<colon]), String(header[header.index(after: colon)...].dropFirst()))
        }
        return RequestHead(method: self["method"], target: self["target"], headers: headers)
    }
}

/// The error that `body` throws, nil if it throws none.
func s3Error<T>(_ body: () throws(S3Error) -> T) -> S3Error? {
    do throws(S3Error) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
