"""Signatures, payload forms and errors by requests of the tests' own (no client library between)."""

import base64
import datetime
import hashlib
import io
import socket
import time
import zlib

import pytest
import requests

from content import content
from raw import Signature, send, signed
from store import ACCESS_KEY, SECRET_KEY, Store
from test_objects import code_of

EMPTY = hashlib.sha256(b"").hexdigest()


def host(store: Store) -> dict[str, str]:
    return {"host": f"127.0.0.1:{store.s3_port}", "connection": "close"}


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


# Signatures


def test_without_a_signature_nothing_is_served(store, bucket):
    for method, target in [("GET", "/"), ("GET", f"/{bucket}"), ("GET", f"/{bucket}/key"), ("PUT", f"/{bucket}/key")]:
        answer = send(store, method, target, host(store) | ({"content-length": "0"} if method == "PUT" else {}))
        assert (answer.status, answer.code) == (403, "AccessDenied")
        assert answer.headers["x-amz-request-id"]


def test_a_wrong_secret_and_an_unknown_key(store):
    headers = Signature("another secret").head("GET", "/", "", host(store), EMPTY)
    answer = send(store, "GET", "/", headers)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert b"<CanonicalRequest>GET\n" in answer.body.replace(b"&#10;", b"\n")
    headers = Signature().head("GET", "/", "", host(store), EMPTY)
    headers["authorization"] = headers["authorization"].replace(ACCESS_KEY, "nobody")
    answer = send(store, "GET", "/", headers)
    assert (answer.status, answer.code) == (403, "InvalidAccessKeyId")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_differs_too_much(store, minutes):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    answer = send(store, "GET", "/", Signature(when=moment).head("GET", "/", "", host(store), EMPTY))
    assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed")


def test_other_kinds_of_authorization(store):
    for value, expected in [
        ("AWS AKIA:c2ln", (400, "InvalidRequest")), ("Basic dTpw", (400, "InvalidArgument")),
        ("AWS4-HMAC-SHA256 Credential=x", (400, "AuthorizationHeaderMalformed")),
    ]:  # fmt: skip
        answer = send(store, "GET", "/", host(store) | {"authorization": value, "x-amz-date": "20130524T000000Z"})
        assert (answer.status, answer.code) == expected


def test_presigned_urls(store, bucket):
    s3 = store.client(signature_version="s3v4")
    data = content(1, 100_000)
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "a b/ü"}, ExpiresIn=60)
    assert requests.put(url, data=data, timeout=30).status_code == 200
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b/ü"}, ExpiresIn=60)
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, answer.content) == (200, data)
    assert requests.get(url, headers={"Range": "bytes=5-9"}, timeout=30).content == data[5:10]
    assert requests.put(url, data=b"x", timeout=30).status_code == 403
    changed = requests.get(url.replace("/a%20b/", "/a%20c/"), timeout=30)
    assert (changed.status_code, "SignatureDoesNotMatch" in changed.text) == (403, True)
    named = s3.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "a b/ü", "ResponseContentType": "text/x-test"}, ExpiresIn=60
    )
    assert requests.get(named, timeout=30).headers["content-type"] == "text/x-test"


def test_presigned_urls_expire(store, bucket):
    client = store.client(signature_version="s3v4")
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"}, ExpiresIn=1)
    time.sleep(2.5)
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"}, ExpiresIn=604_801)
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, "AuthorizationQueryParametersError" in answer.text) == (400, True)


# Payload forms


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_001])
def test_signed_chunks(store, s3, bucket, size):
    data = content(size, size)
    signature = Signature()
    headers = host(store) | {"x-amz-decoded-content-length": str(size), "content-encoding": "aws-chunked,gzip"}
    path = f"/{bucket}/key"
    headers = signature.head("PUT", path, "", headers, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    body = b"".join(signature.chunk(data[start : start + 65536]) for start in range(0, size, 65536))
    body += signature.chunk(b"") + b"\r\n"
    headers["content-length"] = str(len(body))
    answer = send(store, "PUT", path, headers, body)
    assert (answer.status, answer.body) == (200, b"")
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == data
    assert got["ContentEncoding"] == "gzip"

    if size:
        broken = bytearray(body)
        broken[len(body) // 2] ^= 1
        signature = Signature()
        answer = send(store, "PUT", f"/{bucket}/broken", signature.head("PUT", f"/{bucket}/broken", "", {
            **host(store), "content-length": str(len(body)), "x-amz-decoded-content-length": str(size),
        }, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), bytes(broken))  # fmt: skip
        assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
        assert code_of(s3.head_object, Bucket=bucket, Key="broken")[0] == 404


def test_signed_chunks_with_a_trailer(store, s3, bucket):
    data = content(2, 200_000)
    for checksum, expected in [(crc32(data), (200, "")), (crc32(b"other"), (400, "BadDigest"))]:
        signature = Signature()
        path = f"/{bucket}/key{expected[0]}"
        headers = host(store) | {
            "x-amz-decoded-content-length": str(len(data)), "x-amz-trailer": "x-amz-checksum-crc32",
            "transfer-encoding": "chunked",
        }  # fmt: skip
        headers = signature.head("PUT", path, "", headers, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
        body = b"".join(signature.chunk(data[start : start + 65536]) for start in range(0, len(data), 65536))
        body += signature.chunk(b"") + signature.trailer(f"x-amz-checksum-crc32:{checksum}\n")
        wire = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 9999]), body[i : i + 9999]) for i in range(0, len(body), 9999))
        answer = send(store, "PUT", path, headers, wire + b"0\r\n\r\n")
        assert (answer.status, answer.code) == expected
    assert s3.get_object(Bucket=bucket, Key="key200")["Body"].read() == data
    assert code_of(s3.head_object, Bucket=bucket, Key="key400")[0] == 404


def test_unsigned_chunks_with_a_trailer(store, s3, bucket):
    """The trailer's checksum is the only proof of this form: it must be held against the bytes."""
    data = content(3, 70_000)
    for checksum, expected in [(crc32(data), (200, "")), (crc32(b"other"), (400, "BadDigest"))]:
        path = f"/{bucket}/key{expected[0]}"
        body = b"%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (len(data), data, checksum.encode())
        headers = host(store) | {
            "x-amz-decoded-content-length": str(len(data)), "x-amz-trailer": "x-amz-checksum-crc32",
            "content-length": str(len(body)),
        }  # fmt: skip
        headers = Signature().head("PUT", path, "", headers, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        answer = send(store, "PUT", path, headers, body)
        assert (answer.status, answer.code) == expected
    assert s3.get_object(Bucket=bucket, Key="key200")["Body"].read() == data
    assert code_of(s3.head_object, Bucket=bucket, Key="key400")[0] == 404


def test_sdks_over_tls_send_unsigned_chunks(make_tls_store):
    """Over TLS boto3 sends UNSIGNED-PAYLOAD with a trailing checksum: the form of most uploads today."""
    store = make_tls_store()
    s3 = store.client()
    s3.create_bucket(Bucket="bucket")
    for size in [0, 1, 100_000, 9_000_000]:
        data = content(size, size)
        s3.put_object(Bucket="bucket", Key="key", Body=data)
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == data
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(store.endpoint.replace("https", "http"), timeout=5).raise_for_status()
    assert store.stop() == 0


def test_a_body_that_differs_from_its_hash(store, s3, bucket):
    for data, sent in [(b"hello", b"hellO"), (content(1, 100_000), content(2, 100_000))]:
        path = f"/{bucket}/key"
        headers = Signature().head(
            "PUT", path, "", host(store) | {"content-length": str(len(data))}, hashlib.sha256(data).hexdigest()
        )
        answer = send(store, "PUT", path, headers, sent)
        assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch")
        assert code_of(s3.head_object, Bucket=bucket, Key="key")[0] == 404


def test_a_body_that_ends_early(store, s3, bucket):
    path = f"/{bucket}/key"
    headers = Signature().head("PUT", path, "", host(store) | {"content-length": "100000"}, "UNSIGNED-PAYLOAD")
    lines = [f"PUT {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    with socket.create_connection(("127.0.0.1", store.s3_port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode() + bytes(50_000))
    assert code_of(s3.head_object, Bucket=bucket, Key="key")[0] == 404


def test_errors_name_request_and_resource(store, bucket):
    answer = signed(store, "GET", f"/{bucket}/none")
    assert answer.status == 404
    text = answer.body.decode()
    assert answer.headers["content-type"] == "application/xml"
    assert f"<RequestId>{answer.headers['x-amz-request-id']}</RequestId>" in text
    assert f"<Resource>/{bucket}/none</Resource>" in text
    head = signed(store, "HEAD", f"/{bucket}/none")
    assert (head.status, head.body) == (404, b"")


@pytest.mark.parametrize(
    "method, path, query, expected",
    [
        ("PATCH", "/bucket/key", "", (405, "MethodNotAllowed")),
        ("POST", "/", "", (405, "MethodNotAllowed")),
        ("GET", "/no-such-bucket", "acl=", (404, "NoSuchBucket")),
        ("GET", "/bucket", "acl=&tagging=", (400, "InvalidArgument")),
        ("PUT", "/ab", "", (400, "InvalidBucketName")),
        ("GET", "/bucket", "list-type=2&max-keys=x", (400, "InvalidArgument")),
        ("GET", "/no-such-bucket", "", (404, "NoSuchBucket")),
        ("DELETE", "/no-such-bucket", "", (404, "NoSuchBucket")),
        ("GET", "/bucket/key", "versionId=", (400, "InvalidArgument")),
    ],
)  # fmt: skip
def test_codes(store, method, path, query, expected):
    answer = signed(store, method, path, query)
    assert (answer.status, answer.code) == expected


def test_virtual_hosts(make_store):
    store = make_store(6, settings=["--domains", "s3.example.test"]).start()
    s3 = store.client()
    s3.create_bucket(Bucket="my-bucket")
    s3.put_object(Bucket="my-bucket", Key="a/key", Body=b"hello")
    headers = {"host": "my-bucket.s3.example.test", "connection": "close"}
    answer = send(store, "GET", "/a/key", Signature().head("GET", "/a/key", "", headers, EMPTY))
    assert (answer.status, answer.body) == (200, b"hello")
    answer = send(store, "GET", "/", Signature().head("GET", "/", "", headers, EMPTY))
    assert b"<Key>a/key</Key>" in answer.body


def test_an_empty_upload_that_expects_continue_leaves_the_connection_usable(s3, bucket):
    """botocore asks for 100 before a file, also an empty one; refused or not, the next request follows on the line."""
    for number in range(5):
        assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=io.BytesIO(b""), IfMatch='"x"')[0] == 404
        s3.put_object(Bucket=bucket, Key=f"{number}", Body=io.BytesIO(b""))
        s3.put_object(Bucket=bucket, Key=f"{number}", Body=io.BytesIO(b"x"))


def test_expect_continue(store, s3, bucket):
    """An upload that will be refused is refused before its body is asked for (RFC 9110, section 10.1.1)."""
    headers = host(store) | {"content-length": "5", "expect": "100-continue"}
    answer = send(store, "PUT", f"/{bucket}/key", headers)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert SECRET_KEY not in answer.body.decode()
