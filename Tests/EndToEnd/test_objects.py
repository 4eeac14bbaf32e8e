"""Objects by boto3 with its default checksums: sizes, ranges, metadata, conditions, errors.

Expected codes are those of the API pages of each operation and of "Error responses" (Amazon S3 API Reference)."""

import base64
import datetime
import hashlib
import zlib

import pytest
from botocore.exceptions import ClientError

from content import Stream, content, hash_of

KIB, MIB = 1 << 10, 1 << 20

SIZES = [0, 1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, MIB - 1, MIB, MIB + 1,
         8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 17 * MIB + 12345]  # fmt: skip


def code_of(call, *arguments, **named):
    with pytest.raises(ClientError) as raised:
        call(*arguments, **named)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


@pytest.mark.parametrize("size", SIZES)
def test_every_size_comes_back_byte_for_byte(s3, bucket, size):
    data = content(size, size)
    put = s3.put_object(Bucket=bucket, Key="key", Body=data)
    assert put["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["ContentLength"] == size
    assert got["ETag"] == put["ETag"]
    assert got["Body"].read() == data
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["ContentLength"], head["ETag"]) == (size, put["ETag"])
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [(entry["Key"], entry["Size"], entry["ETag"]) for entry in listed] == [("key", size, put["ETag"])]


def test_a_hundred_mebibytes_in_one_put(s3, bucket):
    body = Stream(100 * MIB)
    s3.put_object(Bucket=bucket, Key="large", Body=body)
    got = s3.get_object(Bucket=bucket, Key="large")["Body"]
    assert hash_of(got.iter_chunks(MIB)) == Stream(100 * MIB).sha256()


def test_overwriting_shows_the_new_object_at_once(s3, bucket):
    for number in range(20):
        data = content(number, 1000 * number)
        s3.put_object(Bucket=bucket, Key="key", Body=data)
        assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == data
        assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Size"] == len(data)


def test_deleting_hides_the_object_at_once(s3, bucket):
    for number in range(10):
        s3.put_object(Bucket=bucket, Key="key", Body=content(number, 30 * KIB))
        answer = s3.delete_object(Bucket=bucket, Key="key")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert code_of(s3.get_object, Bucket=bucket, Key="key") == (404, "NoSuchKey")
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert s3.delete_object(Bucket=bucket, Key="key")["ResponseMetadata"]["HTTPStatusCode"] == 204


RANGES = [("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=-1", -1, None), ("bytes=-70000", -70000, None),
          ("bytes=65535-65536", 65535, 65537), ("bytes=1000000-", 1000000, None),
          ("bytes=2097151-2097152", 2097151, 2097153), ("bytes=8388607-8388608", 8388607, 8388609),
          ("bytes=3-9999999999", 3, None)]  # fmt: skip


@pytest.mark.parametrize("size", [200 * KIB, 9 * MIB, 100])
def test_ranges(s3, bucket, size):
    data = content(size, size)
    s3.put_object(Bucket=bucket, Key="key", Body=data)
    for text, start, end in RANGES:
        expected = data[start:end]
        if not expected or (start >= size):
            assert code_of(s3.get_object, Bucket=bucket, Key="key", Range=text) == (416, "InvalidRange")
            continue
        got = s3.get_object(Bucket=bucket, Key="key", Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["Body"].read() == expected, text
        first = start if start >= 0 else max(0, size + start)
        assert got["ContentRange"] == f"bytes {first}-{first + len(expected) - 1}/{size}"


def test_a_range_that_cannot_be_read_is_ignored(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    for text in ["bytes=5-4", "items=0-1", "bytes=0-1,3-4"]:
        got = s3.get_object(Bucket=bucket, Key="key", Range=text)
        assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (200, b"0123456789")


def test_metadata_and_standard_fields_come_back(s3, bucket):
    fields = {
        "CacheControl": "max-age=60", "ContentDisposition": 'attachment; filename="a b.txt"',
        "ContentEncoding": "gzip", "ContentLanguage": "de", "ContentType": "text/plain; charset=utf-8",
    }  # fmt: skip
    metadata = {"one": "1", "two-words": "a b", "case": "MiXeD"}
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Metadata=metadata, **fields)
    for answer in [s3.get_object(Bucket=bucket, Key="key"), s3.head_object(Bucket=bucket, Key="key")]:
        assert answer["Metadata"] == metadata
        assert {name: answer[name] for name in fields} == fields
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert s3.head_object(Bucket=bucket, Key="plain")["ContentType"] == "binary/octet-stream"


def test_too_much_metadata_is_refused(s3, bucket):
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"", Metadata={"a": "x" * 2048}) == (
        400, "MetadataTooLarge")  # fmt: skip
    assert code_of(s3.head_object, Bucket=bucket, Key="key")[0] == 404


def test_response_overrides(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentType="text/plain")
    answer = s3.get_object(
        Bucket=bucket, Key="key", ResponseContentType="text/html", ResponseCacheControl="no-store",
        ResponseContentDisposition="inline",
    )  # fmt: skip
    assert answer["ContentType"] == "text/html"
    assert answer["CacheControl"] == "no-store"
    assert answer["ContentDisposition"] == "inline"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_verified_kept_and_given_back(s3, bucket, algorithm):
    data = content(7, 300_000)
    digests = {
        "CRC32": zlib.crc32(data).to_bytes(4, "big"),
        "SHA1": hashlib.sha1(data).digest(),
        "SHA256": hashlib.sha256(data).digest(),
    }
    name = f"Checksum{algorithm}"
    value = base64.b64encode(digests[algorithm]).decode()
    put = s3.put_object(Bucket=bucket, Key="key", Body=data, **{name: value})
    assert put[name] == value
    wrong = base64.b64encode(bytes(len(digests[algorithm]))).decode()
    assert code_of(s3.put_object, Bucket=bucket, Key="wrong", Body=data, **{name: wrong}) == (400, "BadDigest")
    assert code_of(s3.head_object, Bucket=bucket, Key="wrong")[0] == 404
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert got[name] == put[name]
    assert got["ChecksumType"] == "FULL_OBJECT"
    assert got["Body"].read() == data


def test_a_wrong_md5_is_refused(s3, bucket):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"x", ContentMD5=wrong) == (400, "BadDigest")
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"x", ContentMD5="no md5") == (400, "InvalidDigest")
    assert code_of(s3.head_object, Bucket=bucket, Key="key")[0] == 404


def test_conditional_reads(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    tag, modified = put["ETag"], s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    second = datetime.timedelta(seconds=1)
    served = [{"IfMatch": tag}, {"IfNoneMatch": '"other"'}, {"IfModifiedSince": modified - second},
              {"IfUnmodifiedSince": modified}, {"IfMatch": tag, "IfUnmodifiedSince": modified - second}]  # fmt: skip
    for conditions in served:
        assert s3.get_object(Bucket=bucket, Key="key", **conditions)["Body"].read() == b"x"
    for conditions in [{"IfMatch": '"other"'}, {"IfUnmodifiedSince": modified - second}]:
        assert code_of(s3.get_object, Bucket=bucket, Key="key", **conditions) == (412, "PreconditionFailed")
    for conditions in [{"IfNoneMatch": tag}, {"IfModifiedSince": modified}]:
        assert code_of(s3.get_object, Bucket=bucket, Key="key", **conditions)[0] == 304


def test_conditional_writes(s3, bucket):
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"", IfMatch='"x"') == (404, "NoSuchKey")
    first = s3.put_object(Bucket=bucket, Key="key", Body=b"1", IfNoneMatch="*")
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"2", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"2", IfMatch='"x"') == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"1"
    s3.put_object(Bucket=bucket, Key="key", Body=b"2", IfMatch=first["ETag"])
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"2"
    assert code_of(s3.delete_object, Bucket=bucket, Key="key", IfMatch=first["ETag"]) == (412, "PreconditionFailed")
    s3.delete_object(Bucket=bucket, Key="key", IfMatch="*")
    assert code_of(s3.head_object, Bucket=bucket, Key="key")[0] == 404


KEYS = ["a/b", "a/b/1.txt", "//", "/leading", "trailing/", ".", "..", "a/../b", "a//b", "%2F", "+", "a+b c",
        "\u00e9", "e\u0301", "🐓/🥚", "ключ", "a?b#c&d=e", "'\"<>\\", "~!@$^*()", "k" * 1024, " ", "\t", "a\nb", "null"]  # fmt: skip


def test_any_key(s3, bucket):
    """Keys are bytes: neither path, nor pattern, nor normalised text. Two spellings of é are two keys."""
    for number, key in enumerate(KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=f"{number}".encode())
    for number, key in enumerate(KEYS):
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == f"{number}".encode(), repr(key)
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert listed == sorted(KEYS, key=lambda key: key.encode())
    for key in KEYS:
        s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_errors_of_objects(s3, bucket):
    assert code_of(s3.get_object, Bucket=bucket, Key="none") == (404, "NoSuchKey")
    assert code_of(s3.head_object, Bucket=bucket, Key="none") == (404, "404")
    assert code_of(s3.get_object, Bucket="no-such-bucket", Key="none") == (404, "NoSuchBucket")
    assert code_of(s3.put_object, Bucket="no-such-bucket", Key="none", Body=b"") == (404, "NoSuchBucket")
    assert code_of(s3.delete_object, Bucket="no-such-bucket", Key="none") == (404, "NoSuchBucket")
    assert code_of(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"") == (400, "KeyTooLongError")


@pytest.mark.parametrize(
    "named",
    [{"ACL": "public-read"}, {"ServerSideEncryption": "AES256"}, {"StorageClass": "GLACIER"},
     {"WebsiteRedirectLocation": "/x"}, {"ObjectLockLegalHoldStatus": "ON"}, {"ExpectedBucketOwner": "111122223333"}],
)  # fmt: skip
def test_what_comes_later_is_refused_and_leaves_nothing(s3, bucket, named):
    assert code_of(s3.put_object, Bucket=bucket, Key="key", Body=b"x", **named) == (501, "NotImplemented")
    assert code_of(s3.head_object, Bucket=bucket, Key="key")[0] == 404
