"""Checksums of objects: "Checking object integrity" (checking-object-integrity-upload.html), PutObject, GetObject,
HeadObject. Values are computed here by other libraries."""

import base64
import hashlib
import io
import zlib

import pytest
import xxhash
from awscrt import checksums

from content import content
from steps import b64, exists, extra_headers, get, headers, put, refusal

VALUES = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "CRC32C": lambda data: checksums.crc32c(data).to_bytes(4, "big"),
    "CRC64NVME": lambda data: checksums.crc64nvme(data).to_bytes(8, "big"),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
    "MD5": lambda data: hashlib.md5(data).digest(),
    "XXHASH64": lambda data: xxhash.xxh64(data).digest(),
    "XXHASH3": lambda data: xxhash.xxh3_64(data).digest(),
    "XXHASH128": lambda data: xxhash.xxh3_128(data).digest(),
}
SDK = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]
SIZES = [0, 1, 1000, 16 * 1024 + 1, 3_000_000]


def field(algorithm: str) -> str:
    return f"x-amz-checksum-{algorithm.lower()}"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("algorithm", SDK)
def test_computed_by_the_client(s3, bucket, algorithm, size):
    data = content(size, size)
    expected = b64(VALUES[algorithm](data))
    done = put(s3, bucket, "key", data, ChecksumAlgorithm=algorithm)
    assert done[f"Checksum{algorithm}"] == expected
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (expected, "FULL_OBJECT")
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert got["Body"].read() == data and got[f"Checksum{algorithm}"] == expected
    [listed] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == ([algorithm], "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", SDK)
def test_in_a_trailer(s3, bucket, algorithm):
    """A stream whose end the client does not know: botocore sends aws-chunked with the checksum behind it."""
    data = content(9, 200_000)

    class Unseekable(io.RawIOBase):
        def __init__(self):
            self.inner = io.BytesIO(data)

        def readable(self):
            return True

        def read(self, size=-1):
            return self.inner.read(size)

    s3.put_object(Bucket=bucket, Key="key", Body=io.BytesIO(data), ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == b64(VALUES[algorithm](data))
    assert "aws-chunked" not in head.get("ContentEncoding", "")
    assert get(s3, bucket, "key") == data


@pytest.mark.parametrize("size", [0, 100, 100_000])
@pytest.mark.parametrize("algorithm", list(VALUES))
def test_given_in_a_header(s3, bucket, algorithm, size):
    data = content(size, size)
    value = b64(VALUES[algorithm](data))
    with extra_headers(s3, "PutObject", {field(algorithm): value, "x-amz-sdk-checksum-algorithm": algorithm}):
        done = put(s3, bucket, "key", data)
    assert headers(done)[field(algorithm)] == value
    assert headers(s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED"))[field(algorithm)] == value
    assert get(s3, bucket, "key") == data


@pytest.mark.parametrize("algorithm", list(VALUES))
def test_wrong_in_a_header(s3, bucket, algorithm):
    value = b64(VALUES[algorithm](b"other"))
    with extra_headers(s3, "PutObject", {field(algorithm): value, "x-amz-sdk-checksum-algorithm": algorithm}):
        assert refusal(put, s3, bucket, "key", b"data") == (400, "BadDigest")
    assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("algorithm", list(VALUES))
@pytest.mark.parametrize("value", ["", "nonsense", "AAAA", base64.b64encode(bytes(65)).decode()])
def test_no_checksum_at_all_in_a_header(s3, bucket, algorithm, value):
    with extra_headers(s3, "PutObject", {field(algorithm): value, "x-amz-sdk-checksum-algorithm": algorithm}):
        assert refusal(put, s3, bucket, "key", b"data") == (400, "InvalidRequest")
    assert not exists(s3, bucket, "key")


def test_without_one_crc64nvme_is_stored(store, bucket):
    client = store.client(request_checksum_calculation="when_required")
    put(client, bucket, "key", b"data")
    head = client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == b64(VALUES["CRC64NVME"](b"data"))


def test_the_value_is_shown_only_on_request(store, bucket):
    client = store.client(response_checksum_validation="when_required")
    put(client, bucket, "key", b"data", ChecksumAlgorithm="SHA256")
    assert "ChecksumSHA256" not in client.head_object(Bucket=bucket, Key="key")
    assert "ChecksumSHA256" not in client.get_object(Bucket=bucket, Key="key")


def test_a_range_shows_no_checksum_of_the_whole(s3, bucket):
    put(s3, bucket, "key", b"0123456789", ChecksumAlgorithm="SHA256")
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED", Range="bytes=2-4")
    assert got["Body"].read() == b"234" and "ChecksumSHA256" not in got


def test_two_checksums_at_once(s3, bucket):
    values = {field("SHA1"): b64(VALUES["SHA1"](b"data")), field("SHA256"): b64(VALUES["SHA256"](b"data"))}
    with extra_headers(s3, "PutObject", values):
        assert refusal(put, s3, bucket, "key", b"data") == (400, "InvalidRequest")


def test_an_algorithm_that_does_not_exist(s3, bucket):
    with extra_headers(s3, "PutObject", {"x-amz-sdk-checksum-algorithm": "CRC7"}):
        assert refusal(put, s3, bucket, "key", b"data") == (400, "InvalidRequest")
