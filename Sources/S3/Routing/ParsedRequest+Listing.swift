extension ParsedRequest {
    /// `API_ListBuckets.html`.
    func listBuckets() throws(S3Error) -> ListBucketsRequest {
        var request = ListBucketsRequest()
        if let text = query["max-buckets"], !text.isEmpty {
            guard let count = Int(text), (1...10_000).contains(count) else {
                throw .invalidArgument(
                    "Argument max-buckets must be an integer between 1 and 10000", name: "max-buckets", value: text)
            }
            request.maximumBuckets = count
        }
        if let token = query["continuation-token"] {
            guard case .key(let name) = try ContinuationToken.decode(token) else {
                throw .invalidArgument(
                    "The continuation token provided is incorrect", name: "continuation-token", value: token)
            }
            request.startAfter = String(decoding: name, as: UTF8.self)
        }
        request.prefix = query["prefix"]
        request.region = query["bucket-region"]
        return request
    }

    /// `API_ListObjectsV2.html`, `API_ListObjects.html`.
    func listObjects(_ bucket: BucketName) throws(S3Error) -> ListObjectsRequest {
        if let type = query["list-type"], type != "2" {
            throw .invalidArgument("Invalid List Type specified in Request", name: "list-type", value: type)
        }
        var request = ListObjectsRequest(bucket: bucket, version: name == .listObjects ? .v1 : .v2)
        request.prefix = try keyParameter("prefix") ?? []
        request.delimiter = try keyParameter("delimiter") ?? []
        request.maximumKeys = try maximumKeys()
        request.encodesKeys = try encodesKeys()
        switch request.version {
        case .v1:
            request.wantsOwner = true
            request.echo.marker = try keyParameter("marker")
            if let marker = request.echo.marker, !marker.isEmpty { request.start = .after(marker) }
        case .v2:
            request.wantsOwner = query["fetch-owner"]?.lowercased() == "true"
            request.echo.startAfter = try keyParameter("start-after")
            request.echo.continuationToken = query["continuation-token"]
            if let token = request.echo.continuationToken {
                request.start = .resume(try ContinuationToken.decode(token))
            } else if let after = request.echo.startAfter, !after.isEmpty {
                request.start = .after(after)
            }
        }
        return request
    }

    /// A prefix, delimiter or place to start: no longer than a key.
    func keyParameter(_ name: String) throws(S3Error) -> [UInt8]? {
        guard let text = query[name] else { return nil }
        guard text.utf8.count <= ObjectKey.maximumBytes else {
            throw S3Error(
                .keyTooLong,
                details: [
                    S3Error.Detail("Size", "\(text.utf8.count)"),
                    S3Error.Detail("MaxSizeAllowed", "\(ObjectKey.maximumBytes)"),
                ])
        }
        return Array(text.utf8)
    }

    func maximumKeys() throws(S3Error) -> Int {
        try count(query["max-keys"], "max-keys", maximum: ListObjectsRequest.maximumPage)
    }

    /// A number of things wanted, or one to begin behind: 0 to 2,147,483,647, cut to a maximum.
    /// - Parameter empty: what counts if there is none; nil: the maximum.
    func count(_ text: String?, _ name: String, maximum: Int, empty: Int? = nil) throws(S3Error) -> Int {
        guard let text, !text.isEmpty else { return empty ?? maximum }
        guard let count = Int32(text) else {
            throw .invalidArgument(
                "Provided \(name) not an integer or within integer range", name: name, value: text)
        }
        guard count >= 0 else {
            throw .invalidArgument(
                "Argument \(name) must be an integer between 0 and 2147483647", name: name, value: text)
        }
        return min(Int(count), maximum)
    }

    func encodesKeys() throws(S3Error) -> Bool {
        guard let text = query["encoding-type"], !text.isEmpty else { return false }
        guard text == "url" else {
            throw .invalidArgument(
                "Invalid Encoding Method specified in Request", name: "encoding-type", value: text)
        }
        return true
    }
}
