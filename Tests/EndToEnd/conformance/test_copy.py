"""CopyObject and UploadPartCopy. API pages: CopyObject, UploadPartCopy."""

import datetime

import pytest

from content import content
from steps import MIB, PART, begin, complete, crc32, get, headers, md5, multipart_tag, put, refusal, status, upload

SIZES = [0, 1, 16 * 1024, 16 * 1024 + 1, MIB, 9 * MIB]


@pytest.mark.parametrize("size", SIZES)
def test_a_copy_has_the_bytes_of_its_source(s3, bucket, size):
    data = content(size, size)
    put(s3, bucket, "source", data)
    done = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "source"})
    assert done["CopyObjectResult"]["ETag"] == f'"{md5(data)}"'
    assert get(s3, bucket, "copy") == data and get(s3, bucket, "source") == data


@pytest.fixture
def other_bucket(s3, bucket):
    s3.create_bucket(Bucket=bucket + "-other")
    return bucket + "-other"


def test_a_copy_into_another_bucket(s3, bucket, other_bucket):
    put(s3, bucket, "source", b"data", ContentType="text/css", Metadata={"a": "1"})
    s3.copy_object(Bucket=other_bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "source"})
    got = s3.get_object(Bucket=other_bucket, Key="copy")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"data", "text/css", {"a": "1"})


def test_a_copy_outlives_its_source(s3, bucket):
    put(s3, bucket, "source", content(1, MIB))
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "source"})
    s3.delete_object(Bucket=bucket, Key="source")
    assert get(s3, bucket, "copy") == content(1, MIB)


@pytest.mark.parametrize("key", ["with space", "ü/ß", "a+b", "100%", "a%2Fb", "emoji 😀", "a&b=c", "a?b", "//", "..", "x" * 1024])
def test_sources_with_unusual_names(s3, bucket, key):
    put(s3, bucket, key, b"data")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert get(s3, bucket, "copy") == b"data"


@pytest.mark.parametrize("form", ["{bucket}/source", "/{bucket}/source", "{bucket}/source?versionId=null"])
def test_forms_of_the_source_header(s3, bucket, form):
    put(s3, bucket, "source", b"data")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=form.format(bucket=bucket))
    assert get(s3, bucket, "copy") == b"data"


@pytest.mark.parametrize("form, expected", [
    ("{bucket}/missing", (404, "NoSuchKey")), ("no-such-bucket-at-all/key", (404, "NoSuchBucket")),
    ("{bucket}", (400, "InvalidArgument")), ("/", (400, "InvalidArgument")), ("{bucket}/", (400, "InvalidArgument")),
])  # fmt: skip
def test_sources_that_are_none(s3, bucket, form, expected):
    put(s3, bucket, "copy", b"before")
    assert refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=form.format(bucket=bucket)) == expected
    assert get(s3, bucket, "copy") == b"before"


def test_a_destination_bucket_that_does_not_exist(s3, bucket):
    put(s3, bucket, "source", b"data")
    answer = refusal(s3.copy_object, Bucket="no-such-bucket-at-all", Key="copy", CopySource=f"{bucket}/source")
    assert answer == (404, "NoSuchBucket")


# Directives


def test_metadata_is_copied_by_default(s3, bucket):
    put(s3, bucket, "source", Metadata={"a": "1"}, ContentType="text/css", CacheControl="no-store")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source", Metadata={"b": "2"}, ContentType="text/x")
    got = s3.head_object(Bucket=bucket, Key="copy")
    assert (got["Metadata"], got["ContentType"], got["CacheControl"]) == ({"a": "1"}, "text/css", "no-store")


def test_metadata_is_replaced_on_request(s3, bucket):
    put(s3, bucket, "source", Metadata={"a": "1"}, ContentType="text/css", CacheControl="no-store")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source", MetadataDirective="REPLACE",
                   Metadata={"b": "2"}, ContentType="text/x")  # fmt: skip
    got = s3.head_object(Bucket=bucket, Key="copy")
    assert (got["Metadata"], got["ContentType"]) == ({"b": "2"}, "text/x")
    assert "CacheControl" not in got


def test_tags_are_copied_by_default_and_replaced_on_request(s3, bucket):
    put(s3, bucket, "source", Tagging="a=1")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source")
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "a", "Value": "1"}]
    s3.copy_object(
        Bucket=bucket, Key="copy", CopySource=f"{bucket}/source", TaggingDirective="REPLACE", Tagging="b=2")
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize("named", [{"MetadataDirective": "MERGE"}, {"TaggingDirective": "ADD"}], ids=str)
def test_directives_that_do_not_exist(s3, bucket, named):
    put(s3, bucket, "source")
    answer = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/source", **named)
    assert answer == (400, "InvalidArgument")


# Onto itself


def test_onto_itself_without_a_change_is_refused(s3, bucket):
    put(s3, bucket, "key", b"data")
    assert refusal(s3.copy_object, Bucket=bucket, Key="key", CopySource=f"{bucket}/key") == (400, "InvalidRequest")


@pytest.mark.parametrize("size", SIZES)
def test_onto_itself_with_new_metadata(s3, bucket, size):
    data = content(size, size)
    put(s3, bucket, "key", data, Metadata={"a": "1"})
    s3.copy_object(
        Bucket=bucket, Key="key", CopySource=f"{bucket}/key", MetadataDirective="REPLACE", Metadata={"b": "2"})
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["Metadata"], got["ETag"]) == (data, {"b": "2"}, f'"{md5(data)}"')


# Conditions on the source (412), and on the destination


PAST = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
FUTURE = datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize("named, passes", [
    ({"CopySourceIfMatch": "TAG"}, True), ({"CopySourceIfMatch": '"other"'}, False),
    ({"CopySourceIfNoneMatch": "TAG"}, False), ({"CopySourceIfNoneMatch": '"other"'}, True),
    ({"CopySourceIfModifiedSince": PAST}, True),
    ({"CopySourceIfUnmodifiedSince": FUTURE}, True), ({"CopySourceIfUnmodifiedSince": PAST}, False),
    ({"CopySourceIfMatch": "TAG", "CopySourceIfUnmodifiedSince": PAST}, True),
    ({"CopySourceIfNoneMatch": "TAG", "CopySourceIfModifiedSince": PAST}, False),
], ids=str)  # fmt: skip
def test_conditions_on_the_source(s3, bucket, named, passes):
    tag = put(s3, bucket, "source")["ETag"]
    named = {name: tag if value == "TAG" else value for name, value in named.items()}
    call = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/source"} | named
    if passes:
        assert status(s3.copy_object(**call)) == 200
    else:
        assert refusal(s3.copy_object, **call) == (412, "PreconditionFailed")


@pytest.mark.parametrize("there, named, expected", [
    (False, {"IfNoneMatch": "*"}, None), (True, {"IfNoneMatch": "*"}, (412, "PreconditionFailed")),
    (True, {"IfMatch": "TAG"}, None), (True, {"IfMatch": '"00000000000000000000000000000000"'}, (412, "PreconditionFailed")),
    (False, {"IfMatch": '"00000000000000000000000000000000"'}, (404, "NoSuchKey")),
], ids=str)  # fmt: skip
def test_conditions_on_the_destination(s3, bucket, there, named, expected):
    put(s3, bucket, "source", b"new")
    if there:
        tag = put(s3, bucket, "copy", b"old")["ETag"]
        named = {name: tag if value == "TAG" else value for name, value in named.items()}
    call = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/source"} | named
    if expected:
        assert refusal(s3.copy_object, **call) == expected
        if there:
            assert get(s3, bucket, "copy") == b"old"
    else:
        s3.copy_object(**call)
        assert get(s3, bucket, "copy") == b"new"


def test_a_copy_of_a_multipart_object_is_one_object(s3, bucket):
    parts = [content(1, PART), b"last"]
    upload(s3, bucket, *parts, key="source")
    done = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source")
    assert done["CopyObjectResult"]["ETag"] == f'"{md5(b"".join(parts))}"'
    assert get(s3, bucket, "copy") == b"".join(parts)
    assert "PartsCount" not in s3.head_object(Bucket=bucket, Key="copy", PartNumber=1)


def test_a_checksum_is_computed_on_request(s3, bucket):
    put(s3, bucket, "source", b"data")
    done = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source", ChecksumAlgorithm="CRC32")
    assert done["CopyObjectResult"]["ChecksumCRC32"] == crc32(b"data")
    assert s3.head_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")["ChecksumCRC32"] == crc32(b"data")


# UploadPartCopy


@pytest.mark.parametrize("first, last", [(0, 0), (0, 9), (5, MIB - 1), (MIB - 1, MIB + 1), (0, 2 * MIB - 1)])
def test_a_part_from_a_range_of_another_object(s3, bucket, first, last):
    data = content(3, 2 * MIB)
    put(s3, bucket, "source", data)
    name = begin(s3, bucket)
    done = s3.upload_part_copy(Bucket=bucket, Key="key", UploadId=name, PartNumber=1, CopySource=f"{bucket}/source",
                               CopySourceRange=f"bytes={first}-{last}")  # fmt: skip
    tag = done["CopyPartResult"]["ETag"]
    assert tag == f'"{md5(data[first : last + 1])}"'
    complete(s3, bucket, name, [{"PartNumber": 1, "ETag": tag}])
    assert get(s3, bucket, "key") == data[first : last + 1]


def test_parts_that_are_copied_and_sent(s3, bucket):
    put(s3, bucket, "source", content(1, PART))
    name = begin(s3, bucket)
    one = s3.upload_part_copy(Bucket=bucket, Key="key", UploadId=name, PartNumber=1, CopySource=f"{bucket}/source")
    two = s3.upload_part(Bucket=bucket, Key="key", UploadId=name, PartNumber=2, Body=b"tail")
    parts = [{"PartNumber": 1, "ETag": one["CopyPartResult"]["ETag"]}, {"PartNumber": 2, "ETag": two["ETag"]}]
    assert complete(s3, bucket, name, parts)["ETag"] == multipart_tag(content(1, PART), b"tail")
    assert get(s3, bucket, "key") == content(1, PART) + b"tail"


@pytest.mark.parametrize("text, expected", [
    ("bytes=0-4", (400, "InvalidArgument")), ("bytes=9-5", (400, "InvalidArgument")),
    ("bytes=-3", (400, "InvalidArgument")), ("bytes=2-", (400, "InvalidArgument")),
    ("0-2", (400, "InvalidArgument")), ("bytes=0-1,3-3", (400, "InvalidArgument")),
])  # fmt: skip
def test_ranges_that_a_copied_part_cannot_have(s3, bucket, text, expected):
    put(s3, bucket, "source", b"data")
    name = begin(s3, bucket)
    answer = refusal(s3.upload_part_copy, Bucket=bucket, Key="key", UploadId=name, PartNumber=1,
                     CopySource=f"{bucket}/source", CopySourceRange=text)  # fmt: skip
    assert answer == expected


def test_a_copied_part_of_an_object_that_does_not_exist(s3, bucket):
    name = begin(s3, bucket)
    answer = refusal(s3.upload_part_copy, Bucket=bucket, Key="key", UploadId=name, PartNumber=1,
                     CopySource=f"{bucket}/missing")  # fmt: skip
    assert answer == (404, "NoSuchKey")


def test_a_copied_part_for_an_upload_that_does_not_exist(s3, bucket):
    put(s3, bucket, "source", b"data")
    answer = refusal(s3.upload_part_copy, Bucket=bucket, Key="key", UploadId="nonsense", PartNumber=1,
                     CopySource=f"{bucket}/source")  # fmt: skip
    assert answer == (404, "NoSuchUpload")


@pytest.mark.parametrize("named, passes", [
    ({"CopySourceIfMatch": "TAG"}, True), ({"CopySourceIfMatch": '"other"'}, False),
    ({"CopySourceIfNoneMatch": "TAG"}, False), ({"CopySourceIfUnmodifiedSince": PAST}, False),
], ids=str)  # fmt: skip
def test_conditions_on_the_source_of_a_part(s3, bucket, named, passes):
    tag = put(s3, bucket, "source")["ETag"]
    named = {name: tag if value == "TAG" else value for name, value in named.items()}
    call = {"Bucket": bucket, "Key": "key", "UploadId": begin(s3, bucket), "PartNumber": 1,
            "CopySource": f"{bucket}/source"} | named  # fmt: skip
    if passes:
        assert status(s3.upload_part_copy(**call)) == 200
    else:
        assert refusal(s3.upload_part_copy, **call) == (412, "PreconditionFailed")


def test_the_copy_says_when_it_was_modified(s3, bucket):
    put(s3, bucket, "source")
    done = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source")
    head = s3.head_object(Bucket=bucket, Key="copy")
    difference = abs((done["CopyObjectResult"]["LastModified"] - head["LastModified"]).total_seconds())
    assert difference < 1 and "x-amz-request-id" in headers(done)
