import Core
import HTTP
import Testing

@testable import S3

/// Documents of clients, each with the answer that AWS documents.
@Suite struct DocumentTableTests {
    @Test(arguments: RequestTable.rows("documents.json")) func answersAsDocumented(_ row: RequestTable.Row) throws {
        let document = Array(row.body.utf8)
        var head = row.head
        head.headers.add("content-length", "\(max(1, document.count))")
        head.headers.add("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")
        var operation = try S3RequestParser().parse(head, form: .unsigned)
        let error = s3Error { () throws(S3Error) in try operation.accept(document: document) }
        #expect(RequestTable.answer(error) == row.answer)
    }

    /// API_DeleteObjects.html.
    @Test func readsWhatIsToBeDeleted() throws {
        let document = """
            <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key> a&amp;b </Key></Object>
            <Object><Key>c</Key><VersionId>null</VersionId><ETag>"t"</ETag></Object><Quiet>true</Quiet></Delete>
            """
        let (objects, isQuiet) = try DeleteDocument.parse(Array(document.utf8))
        #expect(isQuiet)
        #expect(
            objects == [
                .init(key: try ObjectKey(" a&b ")),
                .init(key: try ObjectKey("c"), version: .null, condition: .ifMatches(EntityTag(text: "t"))),
            ])
    }
}
