"""Keys, metadata and headers of single objects; GetObjectAttributes. API pages: PutObject, GetObject, HeadObject,
GetObjectAttributes; "Naming Amazon S3 objects" (object-keys.html)."""

import datetime

import pytest
import requests

from content import content
from steps import exists, extra_headers, get, headers, keys, md5, put, refusal, sha256, status

KEYS = ["a", "a b", " leading", "trailing ", "a+b", "a%2Fb", "a%b", "100%", "a/b", "/a", "a/", "//", "a//b", "///", ".", "..",
        "../a", "a/../b", "a/./b", "a\\b", "a?b", "a#b", "a&b", "a=b", "a;b", "a:b", "a@b", "a$b", "a,b", "a!b", "a*b", "a'b",
        'a"b', "a(b)", "a[b]", "a{b}", "a^b", "a`b", "a|b", "a~b", "a<b>", "ä", "ö/ü", "日本語", "😀", "a\u0301", "á", "\u202e",
        "tab\there", "line\nfeed", "return\r", "\x01", "\x7f", "k" * 1024, "é" * 512, "soap", "?acl", "?uploads", "a?versionId=1",
        "null", "%00", "con", "a" * 255 + "/" + "b" * 255]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:12].encode("unicode_escape").decode())
def test_any_name(s3, bucket, key):
    put(s3, bucket, key, key.encode())
    assert get(s3, bucket, key) == key.encode()
    assert keys(s3.list_objects_v2(Bucket=bucket)) == [key]
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key.encode())
    s3.delete_object(Bucket=bucket, Key=key)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


@pytest.mark.parametrize("key", ["k" * 1025, "é" * 513, "k" * 5000])
@pytest.mark.parametrize("operation", ["put", "get", "delete"])
def test_names_that_are_too_long(s3, bucket, key, operation):
    call = {"put": lambda: put(s3, bucket, key), "get": lambda: get(s3, bucket, key),
            "delete": lambda: s3.delete_object(Bucket=bucket, Key=key)}[operation]  # fmt: skip
    assert refusal(call) == (400, "KeyTooLongError")


def test_names_that_differ_in_case_or_form_are_different(s3, bucket):
    names = ["a", "A", "á", "a\u0301", "a/", "a//"]
    for name in names:
        put(s3, bucket, name, name.encode())
    assert all(get(s3, bucket, name) == name.encode() for name in names)
    assert len(keys(s3.list_objects_v2(Bucket=bucket))) == len(names)


@pytest.mark.parametrize("named, header, value", [
    ({"ContentType": "image/png"}, "content-type", "image/png"),
    ({"ContentType": "text/html; charset=utf-8"}, "content-type", "text/html; charset=utf-8"),
    ({}, "content-type", "binary/octet-stream"),
    ({"CacheControl": "max-age=60, public"}, "cache-control", "max-age=60, public"),
    ({"ContentDisposition": 'attachment; filename="a b.txt"'}, "content-disposition", 'attachment; filename="a b.txt"'),
    ({"ContentEncoding": "gzip"}, "content-encoding", "gzip"),
    ({"ContentEncoding": "gzip, br"}, "content-encoding", "gzip, br"),
    ({"ContentLanguage": "de, en"}, "content-language", "de, en"),
    ({"Expires": datetime.datetime(2031, 1, 2, 3, 4, 5)}, "expires", "Thu, 02 Jan 2031 03:04:05 GMT"),
    ({"Metadata": {"one": "1"}}, "x-amz-meta-one", "1"),
    ({"Metadata": {"UPPER": "Case"}}, "x-amz-meta-upper", "Case"),
    ({"Metadata": {"empty": ""}}, "x-amz-meta-empty", ""),
    ({"Metadata": {"with-dash_and.dot": "a b  c"}}, "x-amz-meta-with-dash_and.dot", "a b  c"),
    ({"Metadata": {"long": "v" * 2000}}, "x-amz-meta-long", "v" * 2000),
], ids=lambda value: str(value)[:40])  # fmt: skip
@pytest.mark.parametrize("size", [3, 50_000])
def test_headers_come_back(s3, bucket, named, header, value, size):
    put(s3, bucket, "key", content(1, size), **named)
    assert headers(s3.head_object(Bucket=bucket, Key="key"))[header] == value
    got = s3.get_object(Bucket=bucket, Key="key")
    assert headers(got)[header] == value and got["Body"].read() == content(1, size)


@pytest.mark.parametrize("metadata", [{"a": "v" * 2048}, {f"k{n}": "v" * 100 for n in range(21)}], ids=["one", "many"])
def test_metadata_beyond_two_kilobytes(s3, bucket, metadata):
    assert refusal(put, s3, bucket, "key", Metadata=metadata) == (400, "MetadataTooLarge")
    assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("parameter, header, value", [
    ("ResponseContentType", "content-type", "text/x-test"), ("ResponseCacheControl", "cache-control", "no-store"),
    ("ResponseContentDisposition", "content-disposition", "inline"),
    ("ResponseContentEncoding", "content-encoding", "identity"), ("ResponseContentLanguage", "content-language", "fr"),
    ("ResponseExpires", "expires", "Thu, 01 Dec 2033 16:00:00 GMT"),
])  # fmt: skip
@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_overrides(s3, bucket, operation, parameter, header, value):
    put(s3, bucket, "key", ContentType="image/png")
    named = {parameter: datetime.datetime(2033, 12, 1, 16) if parameter == "ResponseExpires" else value}
    assert headers(getattr(s3, operation)(Bucket=bucket, Key="key", **named))[header] == value


def test_what_a_head_shows(s3, bucket):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
    put(s3, bucket, "key", b"data")
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["ContentLength"], head["ETag"], head["AcceptRanges"]) == (4, f'"{md5(b"data")}"', "bytes")
    assert before < head["LastModified"] < before + datetime.timedelta(seconds=60)
    assert headers(head)["x-amz-request-id"]
    assert "x-amz-version-id" not in headers(head)


@pytest.mark.parametrize("text, status_code, start, end", [
    ("bytes=0-0", 206, 0, 1), ("bytes=0-9", 206, 0, 10), ("bytes=5-", 206, 5, 10), ("bytes=-3", 206, 7, 10),
    ("bytes=-100", 206, 0, 10), ("bytes=9-100", 206, 9, 10), ("bytes=0-9999999999999", 206, 0, 10),
    ("bytes=10-", 416, 0, 0), ("bytes=10-20", 416, 0, 0), ("bytes=-0", 416, 0, 0), ("bytes=5-2", 200, 0, 10),
    ("bytes=a-b", 200, 0, 10), ("lines=0-1", 200, 0, 10), ("bytes=", 200, 0, 10), ("bytes", 200, 0, 10),
    ("bytes=0-1,4-5", 200, 0, 10), ("bytes=--1", 200, 0, 10), ("bytes=1-2-3", 200, 0, 10), ("0-1", 200, 0, 10),
])  # fmt: skip
def test_ranges(s3, bucket, text, status_code, start, end):
    put(s3, bucket, "key", b"0123456789")
    if status_code == 416:
        assert refusal(s3.get_object, Bucket=bucket, Key="key", Range=text) == (416, "InvalidRange")
        return
    got = s3.get_object(Bucket=bucket, Key="key", Range=text)
    assert (status(got), got["Body"].read()) == (status_code, b"0123456789"[start:end])
    if status_code == 206:
        assert got["ContentRange"] == f"bytes {start}-{end - 1}/10"


@pytest.mark.parametrize("text", ["bytes=0-0", "bytes=0-", "bytes=-1"])
def test_ranges_of_nothing(s3, bucket, text):
    put(s3, bucket, "key", b"")
    assert refusal(s3.get_object, Bucket=bucket, Key="key", Range=text) == (416, "InvalidRange")


@pytest.mark.parametrize("version, expected", [("null", None), ("nonsense", (400, "InvalidArgument")),
                                               ("3HL4kqtJvjVBH40Nrjfkd", (404, "NoSuchVersion"))])  # fmt: skip
def test_versions_of_an_object_that_has_one(s3, bucket, version, expected):
    put(s3, bucket, "key", b"data")
    if expected is None:
        assert get(s3, bucket, "key", **({"VersionId": version} if version else {})) == b"data"
    else:
        code = refusal(s3.get_object, Bucket=bucket, Key="key", VersionId=version)
        # An ID that was never given out may be told by its form, or as a version that is not there.
        assert code in [(400, "InvalidArgument"), (404, "NoSuchVersion")]


@pytest.mark.parametrize("field, value", [
    ("x-amz-server-side-encryption", "AES256"), ("x-amz-server-side-encryption", "aws:kms"),
    ("x-amz-server-side-encryption-customer-algorithm", "AES256"), ("x-amz-website-redirect-location", "/other"),
    ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-legal-hold", "ON"), ("x-amz-acl", "public-read"),
    ("x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'), ("x-amz-write-offset-bytes", "4"),
    ("x-amz-something-of-the-future", "1"), ("x-amz-storage-class", "GLACIER"),
])  # fmt: skip
def test_what_is_not_built_is_refused_and_never_ignored(s3, bucket, field, value):
    with extra_headers(s3, "PutObject", {field: value}):
        answer = refusal(put, s3, bucket, "key", b"data")
    assert answer[0] in (400, 501) and answer[1] in ("NotImplemented", "InvalidStorageClass", "AccessControlListNotSupported")
    assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("field, value", [("x-amz-acl", "private"), ("x-amz-acl", "bucket-owner-full-control"),
                                          ("x-amz-storage-class", "STANDARD"), ("x-amz-request-payer", "requester")])  # fmt: skip
def test_what_changes_nothing_is_accepted(s3, bucket, field, value):
    with extra_headers(s3, "PutObject", {field: value}):
        put(s3, bucket, "key", b"data")
    assert get(s3, bucket, "key") == b"data"


# GetObjectAttributes

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


def test_attributes_of_a_plain_object(s3, bucket):
    put(s3, bucket, "key", b"data", ChecksumAlgorithm="SHA256")
    got = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=ALL)
    assert (got["ETag"], got["ObjectSize"], got["StorageClass"]) == (md5(b"data"), 4, "STANDARD")
    assert got["Checksum"]["ChecksumSHA256"] == sha256(b"data")
    assert "ObjectParts" not in got and got["LastModified"]


@pytest.mark.parametrize("wanted", ALL)
def test_only_the_attributes_that_were_asked_for(s3, bucket, wanted):
    put(s3, bucket, "key", b"data")
    got = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=[wanted])
    assert {name for name in ALL if name in got} == ({wanted} - {"ObjectParts"})


def test_attributes_of_a_multipart_object(s3, bucket):
    parts = [content(1, 5 << 20), b"last"]
    name = s3.create_multipart_upload(Bucket=bucket, Key="key", ChecksumAlgorithm="SHA256")["UploadId"]
    sent = [s3.upload_part(Bucket=bucket, Key="key", UploadId=name, PartNumber=n, Body=part, ChecksumAlgorithm="SHA256")
            for n, part in enumerate(parts, 1)]  # fmt: skip
    s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=name, MultipartUpload={"Parts": [
        {"PartNumber": n, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]} for n, part in enumerate(sent, 1)
    ]})  # fmt: skip
    got = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=ALL)
    assert got["ObjectParts"]["TotalPartsCount"] == 2
    assert [(part["PartNumber"], part["Size"], part["ChecksumSHA256"]) for part in got["ObjectParts"]["Parts"]] == [
        (1, 5 << 20, sha256(parts[0])), (2, 4, sha256(b"last"))
    ]  # fmt: skip
    page = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=ALL, MaxParts=1)["ObjectParts"]
    assert (page["IsTruncated"], page["NextPartNumberMarker"], len(page["Parts"])) == (True, 1, 1)
    rest = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=ALL, PartNumberMarker=1)["ObjectParts"]
    assert (rest["IsTruncated"], [part["PartNumber"] for part in rest["Parts"]]) == (False, [2])


def test_attributes_that_do_not_exist(s3, bucket):
    put(s3, bucket, "key")
    assert refusal(s3.get_object_attributes, Bucket=bucket, Key="key", ObjectAttributes=["Colour"])[0] == 400
    missing = refusal(s3.get_object_attributes, Bucket=bucket, Key="missing", ObjectAttributes=ALL)
    assert missing == (404, "NoSuchKey")


# Presigned


@pytest.fixture
def signer(store):
    """Signature Version 4 also for URLs, where botocore's default is version 2."""
    return store.client(signature_version="s3v4")


@pytest.mark.parametrize("key", ["key", "a b+c/ü?&=", "100%"])
def test_presigned_put_and_get(signer, bucket, key):
    url = signer.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key})
    assert requests.put(url, data=b"data", timeout=10).status_code == 200
    url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key, "ResponseContentType": "text/x-test"})
    got = requests.get(url, timeout=10)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, b"data", "text/x-test")
    assert requests.delete(url, timeout=10).status_code == 403


@pytest.mark.parametrize("seconds, status_code", [("60", 200), ("604800", 200), ("604801", 400), ("-1", 400), ("", 400),
                                                  ("an hour", 400), ("1.5", 400)])  # fmt: skip
def test_how_long_a_presigned_request_may_last(s3, signer, bucket, seconds, status_code):
    put(s3, bucket, "key")
    valid = status_code == 200
    url = signer.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "key"}, ExpiresIn=int(seconds) if valid else 60)
    if not valid:
        url = url.replace("X-Amz-Expires=60", f"X-Amz-Expires={seconds}")
    answer = requests.get(url, timeout=10)
    assert answer.status_code == status_code
    assert valid or "AuthorizationQueryParametersError" in answer.text


def test_a_presigned_request_that_was_changed(s3, signer, bucket):
    put(s3, bucket, "key")
    put(s3, bucket, "other")
    url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    for changed in (url.replace("/key?", "/other?"), url + "&x=1", url.replace("Expires=3600", "Expires=7200")):
        answer = requests.get(changed, timeout=10)
        assert answer.status_code == 403 and "SignatureDoesNotMatch" in answer.text
