import Core
import HTTP
import Testing

@testable import S3

/// A form under test: its fields, its file, and its bytes.
struct SampleForm {
    static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

    var fields: [(String, String)] = [("key", "a"), ("x-amz-meta-one", "1")]
    var fileName: String? = "cat.txt"
    var file = Array("hello".utf8)
    var tail = ""

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes += Array(
                "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        let name = fileName.map { "; filename=\"\($0)\"" } ?? ""
        bytes += Array("--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"\(name)\r\n".utf8)
        bytes += Array("Content-Type: text/plain\r\n\r\n".utf8) + file
        return bytes + Array("\r\n--\(Self.boundary)\(tail.isEmpty ? "--\r\n" : tail)".utf8)
    }

    static func request(_ bytes: [UInt8], boundary: String = boundary) throws -> PostObjectRequest {
        PostObjectRequest(
            bucket: try BucketName("bucket"), boundary: Array(boundary.utf8), length: UInt64(bytes.count))
    }
}

struct ReceivedForm: Equatable {
    var fields: FormFields
    var file: [UInt8]
}

/// Decodes a form that comes in pieces of one length.
func decodeForm(_ bytes: [UInt8], pieces: Int, boundary: String = SampleForm.boundary) throws -> ReceivedForm {
    var decoder = FormDecoder(try SampleForm.request(bytes, boundary: boundary))
    var file: [UInt8] = []
    var held: [UInt8] = []
    var index = 0
    while index < bytes.count {
        let piece = Array(bytes[index..<min(index + pieces, bytes.count)])
        index += piece.count
        var taken = 0
        if !decoder.isAtFile, !decoder.isAtEnd {
            taken = try piece.withUnsafeBytes { try decoder.readFields($0) }
            #expect(decoder.isAtFile || taken == piece.count)
        }
        guard decoder.isAtFile else { continue }
        held += piece[taken...]
        let count = try held.withUnsafeBytes { try decoder.scanFile($0, isLast: index == bytes.count) }
        file += held[..<count]
        held.removeFirst(count)
        #expect(decoder.isAtEnd || held.count < 80)
        if decoder.isAtEnd { break }
    }
    guard decoder.isAtEnd else {
        if decoder.isAtFile {
            _ = try held.withUnsafeBytes { try decoder.scanFile($0, isLast: true) }
        }
        throw decoder.endedBeforeFile()
    }
    return ReceivedForm(fields: decoder.fields, file: file)
}

@Suite struct FormDecoderTests {
    static let files: [[UInt8]] = [
        [], Array("hello".utf8), Array("\r\n".utf8), Array("\r".utf8), Array("\r\r\r\n\r\n-".utf8),
        Array("\r\n--\(SampleForm.boundary.dropLast())".utf8), Array("--\(SampleForm.boundary)".utf8),
        Array("\r\n-\(SampleForm.boundary)--\r\n".utf8), (0..<1000).map { UInt8(truncatingIfNeeded: $0) },
    ]

    /// However the bytes are cut, fields and file are the same.
    @Test(arguments: files.indices) func readsFieldsAndFile(_ index: Int) throws {
        var form = SampleForm()
        form.file = Self.files[index]
        let bytes = form.bytes
        for pieces in Array(1...90) + [bytes.count] {
            let received = try decodeForm(bytes, pieces: pieces)
            #expect(received.file == form.file)
            #expect(received.fields["key"] == "a")
            #expect(received.fields["x-amz-meta-one"] == "1")
            #expect(received.fields.fileName == "cat.txt")
            #expect(received.fields.count == 2)
        }
    }

    @Test func whatFollowsTheFileCountsForNothing() throws {
        var form = SampleForm()
        form.tail = "\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nother\r\n--\(SampleForm.boundary)--\r\n"
        for pieces in [1, 7, 4096] {
            let received = try decodeForm(form.bytes, pieces: pieces)
            #expect(received.file == form.file)
            #expect(received.fields["key"] == "a")
        }
    }

    @Test func aPreambleIsPassedOver() throws {
        let received = try decodeForm(Array("This is a form.\r\n".utf8) + SampleForm().bytes, pieces: 3)
        #expect(received.file == Array("hello".utf8))
    }

    /// What browsers and curl write in Content-Disposition.
    @Test(arguments: [
        ("form-data; name=\"file\"; filename=\"a b.txt\"", "a b.txt"), ("form-data; name=file; filename=x", "x"),
        ("FORM-DATA ; NAME=\"file\" ; FileName=\"x\";", "x"),
        ("form-data; name=\"file\"; filename=\"C:\\dir\\a.txt\"", "C:\\dir\\a.txt"),
        ("form-data; name=\"file\"; filename=\"a\\\"b\"", "a\"b"),
        ("form-data; name=\"file\"; filename=\"grüße 🐓\"", "grüße 🐓"),
        ("form-data; filename=\"first\"; name=\"file\"; filename*=UTF-8''x", "first"),
    ])
    func readsTheNameOfTheFile(_ disposition: String, _ expected: String) throws {
        let text = "--b\r\nX-Other: 1\r\nContent-Disposition: \(disposition)\r\n\r\nx\r\n--b--"
        let received = try decodeForm(Array(text.utf8), pieces: 4096, boundary: "b")
        #expect(received.fields.fileName == expected)
        #expect(received.file == Array("x".utf8))
    }

    /// ErrorResponses.html: MalformedPOSTRequest, IncorrectNumberOfFilesInPostRequest,
    /// MaxPostPreDataLengthExceededError, IncompleteBody.
    static let broken: [(String, S3ErrorCode)] = [
        ("", .malformedPOSTRequest),
        ("hello", .malformedPOSTRequest),
        ("--b--\r\n", .incorrectNumberOfFiles),
        ("--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--b--\r\n", .incorrectNumberOfFiles),
        ("--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na", .malformedPOSTRequest),
        ("--bx\r\n\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na", .malformedPOSTRequest),
        ("--b\r\n\r\na\r\n--b--\r\n", .malformedPOSTRequest),
        ("--b\r\nno colon\r\n\r\na\r\n--b--\r\n", .malformedPOSTRequest),
        ("--b\r\nContent-Disposition: form-data\r\n\r\na\r\n--b--\r\n", .malformedPOSTRequest),
        ("--b\r\nContent-Disposition: attachment; name=\"key\"\r\n\r\na\r\n--b--\r\n", .malformedPOSTRequest),
        ("--b\r\nContent-Disposition: form-data; name=\"key\r\n\r\na\r\n--b--\r\n", .malformedPOSTRequest),
        ("--b\r\nContent-Disposition: form-data; name\r\n\r\na\r\n--b--\r\n", .malformedPOSTRequest),
        (
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"A\"\r\n\r\n2\r\n--b--\r\n", .malformedPOSTRequest
        ),
        ("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello", .incompleteBody),
        ("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--", .incompleteBody),
        ("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n", .incompleteBody),
        (
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n\(String(repeating: "x", count: 20_478))\r\n"
                + "--b\r\n", .maxPostPreDataLengthExceeded
        ),
        (
            "--b\r\nX-Long: \(String(repeating: "x", count: 70_000))\r\n", .maxPostPreDataLengthExceeded
        ),
    ]

    @Test(arguments: broken.indices) func refusesWhatIsBroken(_ index: Int) {
        let (text, code) = Self.broken[index]
        for pieces in [1, 13, 100_000] {
            let error = #expect(throws: S3Error.self) {
                try decodeForm(Array(text.utf8), pieces: pieces, boundary: "b")
            }
            #expect(error?.code == code, "in pieces of \(pieces)")
        }
    }

    @Test func refusesWhatIsNotText() {
        let text = Array("--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n".utf8) + [0xFF]
        #expect(throws: S3Error(.malformedPOSTRequest)) {
            try decodeForm(text + Array("\r\n--b--".utf8), pieces: 4096, boundary: "b")
        }
    }

    /// RFC 2046, section 5.1.1.
    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"),
        ("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b'c\"", "a b'c"),
        ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil), ("multipart/mixed; boundary=abc", nil),
        ("multipart/form-data; boundary=a\"b", nil), ("multipart/form-data; boundary=\"ab \"", nil),
        ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", nil),
        ("multipart/form-data; boundary=\(String(repeating: "x", count: 70))", String(repeating: "x", count: 70)),
        ("application/x-www-form-urlencoded", nil), ("", nil),
    ])
    func findsTheBoundary(_ type: String, _ boundary: String?) {
        #expect(FormBoundary.parse(contentType: type) == boundary.map { Array($0.utf8) })
    }

    @Test func aFormIsToldFromOtherRequests() {
        let parser = S3RequestParser(domains: ["s3.example.com"])
        let form: Headers = ["host": "x", "content-type": "multipart/form-data; boundary=b"]
        let virtual: Headers = ["host": "bucket.s3.example.com", "content-type": "multipart/form-data; boundary=b"]
        #expect(parser.isFormUpload(RequestHead(method: "POST", target: "/bucket", headers: form)))
        #expect(parser.isFormUpload(RequestHead(method: "POST", target: "/bucket/", headers: form)))
        #expect(parser.isFormUpload(RequestHead(method: "POST", target: "/", headers: virtual)))
        #expect(!parser.isFormUpload(RequestHead(method: "POST", target: "/", headers: form)))
        #expect(!parser.isFormUpload(RequestHead(method: "PUT", target: "/bucket", headers: form)))
        #expect(!parser.isFormUpload(RequestHead(method: "POST", target: "/bucket?delete", headers: form)))
        #expect(!parser.isFormUpload(RequestHead(method: "POST", target: "/bucket/key", headers: form)))
        var signed = form
        signed.add("authorization", "AWS4-HMAC-SHA256 …")
        #expect(!parser.isFormUpload(RequestHead(method: "POST", target: "/bucket", headers: signed)))
        #expect(!parser.isFormUpload(RequestHead(method: "POST", target: "/bucket", headers: ["host": "x"])))
    }
}
