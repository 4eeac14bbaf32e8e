public import Core
import HTTP

extension SigV4Verifier {
    /// Proves the policy of a form, holds the form against it, and reads what it asks for.
    ///
    /// Source: Amazon S3 API Reference, "Authenticating Requests: Browser-Based Uploads Using POST"
    /// (`sigv4-post-example.html`, `sigv4-authentication-HTTPPOST.html`).
    /// - Parameter fields: all those before the file.
    /// - Throws: `AccessDenied` (no policy, expired, a condition that fails), `InvalidPolicyDocument`, `InvalidArgument`,
    ///   `InvalidAccessKeyId`, `SignatureDoesNotMatch`, `InvalidRequest`, `InvalidToken`, `NotImplemented`, and what
    ///   PutObject says of the same values.
    public func verify(
        form fields: FormFields, of request: PostObjectRequest, now: WallTime, credential: (String) -> Credential?
    ) throws(S3Error) -> PostObjectUpload {
        let proof = try FormProof(fields)
        try proof.authorization.checkScope(region: region, service: service)
        guard let credential = credential(proof.authorization.accessKey) else {
            throw S3Error(
                .invalidAccessKeyID, details: [S3Error.Detail("AWSAccessKeyId", proof.authorization.accessKey)])
        }
        guard proof.isSigned(by: key(proof.authorization, credential)) else {
            throw S3Error(
                .signatureDoesNotMatch,
                details: [
                    S3Error.Detail("AWSAccessKeyId", proof.authorization.accessKey),
                    S3Error.Detail("StringToSign", proof.policy),
                    S3Error.Detail("SignatureProvided", proof.authorization.signature),
                ])
        }
        guard let document = Base64.decode(proof.policy) else {
            throw S3Error(.invalidPolicyDocument, "Invalid Policy: Invalid base64 encoding.")
        }
        let expanded = fields.expanded()
        let lengths = try PostPolicy(document).check(expanded, bucket: request.bucket, now: now)
        return PostObjectUpload(
            accessKey: proof.authorization.accessKey, user: credential.user,
            put: try ParsedRequest(form: expanded).postedObject(request, lengths: lengths), success: .init(expanded))
    }
}

/// The fields of a form that prove its policy.
private struct FormProof {
    let policy: String
    let authorization: SigV4Authorization

    init(_ fields: FormFields) throws(S3Error) {
        if fields["x-amz-security-token"] != nil { throw SigV4Verifier.noTemporaryCredentials }
        guard let policy = fields["policy"] else {
            // Without a policy the form is anonymous, and nobody who is may write.
            throw S3Error(.accessDenied)
        }
        guard fields["x-amz-algorithm"] != nil || fields["signature"] == nil else {
            throw SigV4Authorization.unsupportedMechanism
        }
        var values: [String: String] = [:]
        for name in ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"] {
            guard let value = fields[name.lowercased()] else {
                throw .invalidArgument(
                    "Bucket POST must contain a field named '\(name)'.  If it is specified, please check the order of "
                        + "the fields.",
                    name: name, value: "")
            }
            values[name] = value
        }
        self.policy = policy
        authorization = try SigV4Authorization(
            formAlgorithm: values["X-Amz-Algorithm"] ?? "", credential: values["X-Amz-Credential"] ?? "",
            date: values["X-Amz-Date"] ?? "", signature: values["X-Amz-Signature"] ?? "")
    }

    /// The policy as it was sent, in base64, is the string to sign.
    func isSigned(by key: SigningKey) -> Bool { key.sign(policy).matches(authorization.signature) }
}

extension ParsedRequest {
    /// The fields of a form as if they had come as header fields of a PutObject.
    init(form: FormFields) throws(S3Error) {
        var headers = Headers()
        for field in form.fields where !Self.proof.contains(field.name) && !field.name.hasPrefix("x-ignore-") {
            let isHeader =
                field.name.hasPrefix("x-amz-") || field.name == "content-md5"
                || ObjectMetadata.StandardField.allCases.contains { $0.headerName == field.name }
            guard isHeader || field.name == "acl" else { continue }
            guard FormText.isFieldValue(field.value) else {
                throw .invalidArgument(
                    "Header value cannot be represented using ISO-8859-1.", name: field.name, value: field.value)
            }
            headers.add(field.name == "acl" ? "x-amz-acl" : field.name, field.value)
        }
        let query = QueryItems()
        let fields = RequestFields(RequestHead(method: "POST", target: "/", headers: headers), query)
        self.init(method: "POST", name: .postObject, query: query, fields: fields, form: .unsigned)
        try AmazonFieldPolicy.check(fields, for: .postObject)
        formTags = form["tagging"]
        formKey = form["key"]
    }

    private static let proof: Set<String> = [
        "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token",
        "file",
    ]

    /// `RESTObjectPOST.html`.
    fileprivate func postedObject(
        _ request: PostObjectRequest, lengths: ClosedRange<UInt64>
    ) throws(S3Error) -> PutObjectRequest {
        guard let formKey, !formKey.isEmpty else { throw S3Error(.userKeyMustBeSpecified) }
        var payload = PayloadDescription(
            form: .unsigned, length: min(lengths.upperBound, request.length), allowedLengths: lengths)
        payload.contentMD5 = try contentMD5()
        payload.checksum = try checksum()
        return PutObjectRequest(
            bucket: request.bucket, key: try ObjectKey(formKey), metadata: try metadata(),
            tags: try formTags.map { (text) throws(S3Error) in
                try TaggingDocument.parse(Array(text.utf8), of: .object)
            } ?? TagSet(), payload: payload)
    }
}
