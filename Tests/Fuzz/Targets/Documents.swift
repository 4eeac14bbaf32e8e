import HTTP

@testable import S3

/// The documents of clients, each held against every operation that takes one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let document = FuzzInput(start, count).bytes
    for operation in operations {
        var operation = operation
        do throws(S3Error) {
            try operation.accept(document: document)
        } catch {
            continue
        }
        switch operation {
        case .completeMultipartUpload(let request):
            check((1...10_000).contains(request.parts.count), "\(request.parts.count) parts")
            for index in request.parts.indices.dropFirst() {
                check(request.parts[index - 1].number < request.parts[index].number, "parts out of order")
            }
        case .deleteObjects(let request):
            check((1...1000).contains(request.objects.count), "\(request.objects.count) objects")
            for object in request.objects {
                check((1...1024).contains(object.key.bytes.count), "a key of \(object.key.bytes.count) bytes")
            }
        case .putObjectTagging(let request): check(request.tags.tags.count <= 10, "too many tags")
        case .putBucketTagging(let request): check(request.tags.tags.count <= 50, "too many tags")
        default: break
        }
    }
    return 0
}

private let operations: [S3Operation] = [
    ("POST", "/bucket/key?uploadId=u"), ("POST", "/bucket?delete"), ("PUT", "/bucket/key?tagging"),
    ("PUT", "/bucket?tagging"), ("PUT", "/bucket?acl"), ("PUT", "/bucket"),
].map { method, target in
    let head = RequestHead(
        method: method, target: target,
        headers: ["host": "h", "content-length": "9", "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="])
    do throws(S3Error) {
        return try S3RequestParser().parse(head, form: .unsigned)
    } catch {
        fatalError("\(method) \(target): \(error)")
    }
}
