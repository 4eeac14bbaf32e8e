"""How bytes and checksums may be sent: every form of `x-amz-content-sha256` (sigv4-streaming.html,
sigv4-streaming-trailers.html), with each checksum algorithm in a trailer or in the query of a presigned request
(checking-object-integrity-upload.html); for objects and for parts. The requests are of the tests' own making."""

import hashlib

import pytest
import requests

import raw
from content import content
from raw import Signature
from steps import b64, begin, complete, exists, get, headers, refusal, send
from test_checksums import VALUES, field

DATA = content(31, 150_000)
FORMS = ["hash", "unsigned", "signed chunks", "signed trailer", "unsigned trailer"]


def put(store, path: str, query: str, form: str, data: bytes, algorithm: str = "CRC32", checksum: str | None = None):
    """One PUT in the form. Where the form has no trailer the checksum is in a header."""
    checksum = checksum or b64(VALUES[algorithm](data))
    names = {"host": f"127.0.0.1:{store.s3_port}", "connection": "close"}
    signature = Signature()

    def signed(payload: str) -> dict[str, str]:
        return signature.head("PUT", path, query, names, payload)

    if form in ("hash", "unsigned", "signed chunks"):
        names[field(algorithm)] = checksum
    else:
        names["x-amz-trailer"] = field(algorithm)
    if "chunks" in form or "trailer" in form:
        names["x-amz-decoded-content-length"] = str(len(data))
        names["content-encoding"] = "aws-chunked"
    pieces = [data[start : start + 65_536] for start in range(0, len(data), 65_536)]
    if form == "hash":
        head, body = signed(hashlib.sha256(data).hexdigest()), data
    elif form == "unsigned":
        head, body = signed("UNSIGNED-PAYLOAD"), data
    elif form == "signed chunks":
        head = signed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        body = b"".join(map(signature.chunk, [*pieces, b""])) + b"\r\n"
    elif form == "signed trailer":
        head = signed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
        body = b"".join(map(signature.chunk, [*pieces, b""])) + signature.trailer(f"{field(algorithm)}:{checksum}\n")
    else:
        head = signed("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        body += f"0\r\n{field(algorithm)}:{checksum}\r\n\r\n".encode()
    head["content-length"] = str(len(body))
    return raw.send(store, "PUT", path + ("?" + query if query else ""), head, body)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [0, 1, 16_384, 16_385, 150_000])
def test_objects_of_any_size_in_every_form(store, s3, bucket, form, size):
    assert put(store, f"/{bucket}/key", "", form, DATA[:size]).status == 200
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["ContentLength"]) == (DATA[:size], size)
    assert "aws-chunked" not in got.get("ContentEncoding", "")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [0, 1, 150_000])
def test_parts_of_any_size_in_every_form(store, s3, bucket, form, size):
    name = begin(s3, bucket)
    answer = put(store, f"/{bucket}/key", f"partNumber=1&uploadId={name}", form, DATA[:size])
    assert (answer.status, answer.headers["etag"]) == (200, f'"{hashlib.md5(DATA[:size]).hexdigest()}"')
    complete(s3, bucket, name, [{"PartNumber": 1, "ETag": answer.headers["etag"]}])
    assert get(s3, bucket, "key") == DATA[:size]


@pytest.mark.parametrize("form", ["signed trailer", "unsigned trailer"])
@pytest.mark.parametrize("algorithm", list(VALUES))
def test_each_algorithm_in_a_trailer(store, s3, bucket, algorithm, form):
    answer = put(store, f"/{bucket}/key", "", form, DATA, algorithm)
    assert (answer.status, answer.headers[field(algorithm)]) == (200, b64(VALUES[algorithm](DATA)))
    head = headers(s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED"))
    assert (head[field(algorithm)], head["x-amz-checksum-type"]) == (b64(VALUES[algorithm](DATA)), "FULL_OBJECT")
    wrong = put(store, f"/{bucket}/wrong", "", form, DATA, algorithm, b64(VALUES[algorithm](b"other")))
    assert (wrong.status, wrong.code) == (400, "BadDigest")
    assert not exists(s3, bucket, "wrong")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", list(VALUES))
def test_each_algorithm_of_a_part(store, s3, bucket, algorithm, form):
    name = begin(s3, bucket, ChecksumAlgorithm=algorithm)
    query = f"partNumber=1&uploadId={name}"
    wrong = put(store, f"/{bucket}/key", query, form, DATA, algorithm, b64(VALUES[algorithm](b"other")))
    assert (wrong.status, wrong.code) == (400, "BadDigest")
    assert "Parts" not in s3.list_parts(Bucket=bucket, Key="key", UploadId=name)
    answer = put(store, f"/{bucket}/key", query, form, DATA, algorithm)
    assert (answer.status, answer.headers[field(algorithm)]) == (200, b64(VALUES[algorithm](DATA)))
    [part] = s3.list_parts(Bucket=bucket, Key="key", UploadId=name)["Parts"]
    assert part[f"Checksum{algorithm}"] == b64(VALUES[algorithm](DATA))


# Checksums of objects of parts: "Full object and composite checksum types".

COMPOSITE = [algorithm for algorithm in VALUES if algorithm != "CRC64NVME"]
FULL_OBJECT = ["CRC32", "CRC32C", "CRC64NVME"]
PARTS = [content(1, 5 << 20), content(2, 1000)]


def parts_of(store, s3, bucket: str, algorithm: str, kind: str) -> tuple[str, list[dict]]:
    name = begin(s3, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    listed = []
    for number, data in enumerate(PARTS, 1):
        answer = put(store, f"/{bucket}/key", f"partNumber={number}&uploadId={name}", "hash", data, algorithm)
        checksum = {f"Checksum{algorithm}": b64(VALUES[algorithm](data))}
        listed.append({"PartNumber": number, "ETag": answer.headers["etag"]} | checksum)
    return name, listed


@pytest.mark.parametrize("algorithm", COMPOSITE)
def test_composite_checksums(store, s3, bucket, algorithm):
    expected = b64(VALUES[algorithm](b"".join(VALUES[algorithm](data) for data in PARTS))) + "-2"
    name, parts = parts_of(store, s3, bucket, algorithm, "COMPOSITE")
    other = [parts[0], parts[1] | {f"Checksum{algorithm}": b64(VALUES[algorithm](b"other"))}]
    assert refusal(complete, s3, bucket, name, other) == (400, "InvalidPart")
    done = complete(s3, bucket, name, parts)
    assert (done[f"Checksum{algorithm}"], done["ChecksumType"]) == (expected, "COMPOSITE")
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (expected, "COMPOSITE")
    told = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["Checksum", "ObjectParts"])
    # API_GetObjectAttributes.html: the number of parts has an element of its own.
    assert told["Checksum"] == {f"Checksum{algorithm}": expected.removesuffix("-2"), "ChecksumType": "COMPOSITE"}
    assert told["ObjectParts"]["TotalPartsCount"] == 2
    shown = [part[f"Checksum{algorithm}"] for part in told["ObjectParts"]["Parts"]]
    assert shown == [b64(VALUES[algorithm](data)) for data in PARTS]


@pytest.mark.parametrize("algorithm", FULL_OBJECT)
def test_full_object_checksums(store, s3, bucket, algorithm):
    expected = b64(VALUES[algorithm](b"".join(PARTS)))
    name, parts = parts_of(store, s3, bucket, algorithm, "FULL_OBJECT")
    named = {"ChecksumType": "FULL_OBJECT", f"Checksum{algorithm}": b64(VALUES[algorithm](b"other"))}
    assert refusal(complete, s3, bucket, name, parts, **named) == (400, "BadDigest")
    done = complete(s3, bucket, name, parts, **named | {f"Checksum{algorithm}": expected})
    assert (done[f"Checksum{algorithm}"], done["ChecksumType"]) == (expected, "FULL_OBJECT")
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (expected, "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", [algorithm for algorithm in VALUES if algorithm not in FULL_OBJECT])
def test_no_full_object_checksums_of_others(s3, bucket, algorithm):
    named = {"ChecksumAlgorithm": algorithm, "ChecksumType": "FULL_OBJECT"}
    assert refusal(begin, s3, bucket, **named) == (400, "InvalidRequest")


# Presigned requests: whatever is in the query is signed, checksums too.


@pytest.fixture
def signer(store):
    return store.client(signature_version="s3v4", request_checksum_calculation="when_required")


@pytest.mark.parametrize("algorithm", list(VALUES))
def test_each_algorithm_in_the_query(store, s3, bucket, algorithm):
    parameters = {field(algorithm): b64(VALUES[algorithm](DATA)), "x-amz-sdk-checksum-algorithm": algorithm}
    target = Signature().presigned("PUT", f"/{bucket}/key", f"127.0.0.1:{store.s3_port}", parameters)
    wrong = requests.put(store.endpoint + target, data=DATA[1:], timeout=30)
    assert (wrong.status_code, "<Code>BadDigest</Code>" in wrong.text) == (400, True)
    assert not exists(s3, bucket, "key")
    assert requests.put(store.endpoint + target, data=DATA, timeout=30).status_code == 200
    head = headers(s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED"))
    assert head[field(algorithm)] == b64(VALUES[algorithm](DATA))


@pytest.mark.parametrize("algorithm", list(VALUES))
def test_each_algorithm_as_botocore_presigns_it(signer, s3, bucket, algorithm):
    """The query names the header as signed; the client must send it."""
    value = b64(VALUES[algorithm](DATA))
    url = signer.generate_presigned_url(
        "put_object", {"Bucket": bucket, "Key": "key", f"Checksum{algorithm}": value}, ExpiresIn=60)  # fmt: skip
    named = {field(algorithm): value}
    assert requests.put(url, data=DATA, timeout=30).status_code == 403
    wrong = requests.put(url, data=DATA[1:], headers=named, timeout=30)
    assert (wrong.status_code, "<Code>BadDigest</Code>" in wrong.text) == (400, True)
    assert requests.put(url, data=DATA, headers=named, timeout=30).status_code == 200
    head = headers(s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED"))
    assert head[field(algorithm)] == b64(VALUES[algorithm](DATA))


def test_a_presigned_multipart_upload(signer, s3, bucket):
    """A browser that has no credentials sends the parts."""
    name = begin(s3, bucket)
    named = {"Bucket": bucket, "Key": "key", "UploadId": name}
    parts = []
    for number, data in enumerate(PARTS, 1):
        url = signer.generate_presigned_url("upload_part", named | {"PartNumber": number}, ExpiresIn=60)
        answer = requests.put(url, data=data, timeout=30)
        assert answer.status_code == 200, answer.text
        parts.append(f"<Part><PartNumber>{number}</PartNumber><ETag>{answer.headers['etag']}</ETag></Part>")
    listed = requests.get(signer.generate_presigned_url("list_parts", named), timeout=30).text
    assert listed.count("<Part>") == 2
    url = signer.generate_presigned_url("complete_multipart_upload", named, ExpiresIn=60)
    document = f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>"
    assert requests.post(url, data=document, timeout=30).status_code == 200
    assert get(s3, bucket, "key") == b"".join(PARTS)
    assert requests.delete(signer.generate_presigned_url("delete_object", {"Bucket": bucket, "Key": "key"}), timeout=30).ok
    assert not exists(s3, bucket, "key")


def test_a_presigned_abort(signer, s3, bucket):
    name = begin(s3, bucket)
    send(s3, bucket, name, 1, b"data")
    url = signer.generate_presigned_url("abort_multipart_upload", {"Bucket": bucket, "Key": "key", "UploadId": name})
    assert requests.delete(url, timeout=30).status_code == 204
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
