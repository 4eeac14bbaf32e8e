"""Copies on the server, deletes of many, tags, versions. Rules: API_CopyObject, UploadPartCopy, DeleteObjects, tagging."""

import concurrent.futures
import hashlib
import time

import botocore.exceptions
import pytest

from content import content

MIB = 1 << 20


def code(call, *arguments, **named):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def read(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.fixture
def other(s3, bucket):
    s3.create_bucket(Bucket=bucket + "-other")
    return bucket + "-other"


@pytest.mark.parametrize("size", [0, 1, 16 << 10, (16 << 10) + 1, 3 * MIB + 5, 20 * MIB + 1])
def test_sizes(s3, bucket, other, size):
    data = content(size, size)
    s3.put_object(
        Bucket=bucket, Key="a b/ü+%", Body=data, Metadata={"colour": "blue"}, ContentType="text/plain", Tagging="k=v"
    )
    for target in (bucket, other):
        answer = s3.copy_object(Bucket=target, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü+%"})
        assert answer["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
        got = s3.get_object(Bucket=target, Key="copy", ChecksumMode="ENABLED")
        assert got["Body"].read() == data
        assert got["Metadata"] == {"colour": "blue"} and got["ContentType"] == "text/plain" and got["TagCount"] == 1
        assert "ChecksumCRC32" in got and got["ChecksumType"] == "FULL_OBJECT"
    # The copy has bytes of its own.
    s3.delete_object(Bucket=bucket, Key="a b/ü+%")
    assert read(s3, bucket, "copy") == read(s3, other, "copy") == data


def test_of_an_object_of_parts(s3, bucket):
    bodies = [content(1, 5 * MIB), content(2, 7 * MIB + 1)]
    identifier = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    listed = [
        {"PartNumber": number, "ETag": s3.upload_part(
            Bucket=bucket, Key="parts", UploadId=identifier, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, 1)
    ]  # fmt: skip
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=identifier, MultipartUpload={"Parts": listed})
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/parts", ChecksumAlgorithm="SHA256")
    assert read(s3, bucket, "copy") == b"".join(bodies)
    assert answer["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(b"".join(bodies)).hexdigest()}"'
    assert "ChecksumSHA256" in answer["CopyObjectResult"]


def test_directives(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", Metadata={"a": "1"}, ContentType="text/plain", Tagging="t=1")
    source = {"Bucket": bucket, "Key": "k"}
    s3.copy_object(
        Bucket=bucket, Key="replaced", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"},
        ContentType="text/html", TaggingDirective="REPLACE", Tagging="x=1&y=2",
    )  # fmt: skip
    got = s3.head_object(Bucket=bucket, Key="replaced")
    assert got["Metadata"] == {"b": "2"} and got["ContentType"] == "text/html" and got["TagCount"] == 2
    # Metadata that come without the directive count for nothing.
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source, Metadata={"b": "2"})
    got = s3.head_object(Bucket=bucket, Key="kept")
    assert got["Metadata"] == {"a": "1"} and got["ContentType"] == "text/plain" and got["TagCount"] == 1


@pytest.mark.parametrize("size", [3, 2 * MIB])
def test_onto_itself(s3, bucket, size):
    data = content(5, size)
    s3.put_object(Bucket=bucket, Key="k", Body=data, Metadata={"a": "1"}, Tagging="t=1")
    before = s3.head_object(Bucket=bucket, Key="k")
    source = {"Bucket": bucket, "Key": "k"}
    assert code(s3.copy_object, Bucket=bucket, Key="k", CopySource=source) == ("InvalidRequest", 400)
    time.sleep(1.1)
    answer = s3.copy_object(
        Bucket=bucket, Key="k", CopySource=source, MetadataDirective="REPLACE", Metadata={"a": "2"}
    )
    after = s3.get_object(Bucket=bucket, Key="k")
    assert after["Body"].read() == data and after["Metadata"] == {"a": "2"} and after["TagCount"] == 1
    assert after["ETag"] == before["ETag"] == answer["CopyObjectResult"]["ETag"]
    assert after["LastModified"] > before["LastModified"]
    # Another checksum of the same object.
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source, ChecksumAlgorithm="SHA1")
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == data and "ChecksumSHA1" in got and got["Metadata"] == {"a": "2"}


def test_conditions(s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"abc")["ETag"]
    there = s3.put_object(Bucket=bucket, Key="there", Body=b"there")["ETag"]
    copy = lambda **named: s3.copy_object(Bucket=bucket, CopySource=f"{bucket}/k", **named)
    failed = ("PreconditionFailed", 412)
    assert code(copy, Key="x", CopySourceIfMatch='"0123"') == failed
    assert code(copy, Key="x", CopySourceIfNoneMatch=tag) == failed
    assert code(copy, Key="x", CopySourceIfUnmodifiedSince="2000-01-01") == failed
    assert code(copy, Key="there", IfNoneMatch="*") == failed
    assert code(copy, Key="there", IfMatch='"0123"') == failed
    assert code(copy, Key="missing", IfMatch=there) == ("NoSuchKey", 404)
    copy(Key="x", CopySourceIfMatch=tag, IfNoneMatch="*")
    copy(Key="there", IfMatch=there)
    assert read(s3, bucket, "x") == read(s3, bucket, "there") == b"abc"


def test_missing_sources(s3, bucket):
    assert code(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/none") == ("NoSuchKey", 404)
    assert code(s3.copy_object, Bucket=bucket, Key="x", CopySource="no-such-bucket-here/k") == ("NoSuchBucket", 404)


def test_many_copies_at_once(s3, bucket):
    data = content(3, 9 * MIB)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: s3.copy_object(Bucket=bucket, Key=f"c{n}", CopySource=f"{bucket}/k"), range(24)))
    for number in range(24):
        assert s3.head_object(Bucket=bucket, Key=f"c{number}")["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert read(s3, bucket, "c23") == data


def test_part_copies(s3, bucket):
    data = content(4, 21 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=data)
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    source = f"{bucket}/source"
    ranges = [(5 * MIB + 3, 12 * MIB), (0, 5 * MIB - 1), (21 * MIB - 1, 21 * MIB - 1)]
    listed = []
    for number, (first, last) in enumerate(ranges, 1):
        answer = s3.upload_part_copy(
            **upload, PartNumber=number, CopySource=source, CopySourceRange=f"bytes={first}-{last}"
        )["CopyPartResult"]
        assert answer["ETag"] == f'"{hashlib.md5(data[first : last + 1]).hexdigest()}"'
        listed.append({"PartNumber": number, "ETag": answer["ETag"]})
    whole = s3.upload_part_copy(**upload, PartNumber=9, CopySource=source)["CopyPartResult"]
    assert whole["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert code(
        s3.upload_part_copy, **upload, PartNumber=8, CopySource=source, CopySourceRange=f"bytes=0-{21 * MIB}"
    ) == ("InvalidArgument", 400)
    assert code(
        s3.upload_part_copy, **upload, PartNumber=8, CopySource=source, CopySourceIfMatch='"0123"'
    ) == ("PreconditionFailed", 412)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})
    assert read(s3, bucket, "k") == b"".join(data[first : last + 1] for first, last in ranges)


def test_delete_many(s3, bucket):
    keys = [f"k{number:04}/ü" for number in range(1000)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), keys[:300]))
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert [item["Key"] for item in answer["Deleted"]] == keys and "Errors" not in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}], "Quiet": True})
    assert "Deleted" not in quiet and "Errors" not in quiet


def test_delete_many_with_conditions(s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="a", Body=b"a")["ETag"]
    s3.put_object(Bucket=bucket, Key="b", Body=b"b")
    targets = [
        {"Key": "a", "ETag": tag}, {"Key": "b", "ETag": tag}, {"Key": "c", "ETag": tag}, {"Key": "d"}, {"Key": "a"},
    ]  # fmt: skip
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": targets})
    assert [item["Key"] for item in answer["Deleted"]] == ["a", "d", "a"]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [
        ("b", "PreconditionFailed"), ("c", "NoSuchKey"),
    ]  # fmt: skip
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]


def test_object_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=%C3%BC")
    before = s3.head_object(Bucket=bucket, Key="k")
    tags = lambda: s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags() == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "ü"}]
    time.sleep(1.1)
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": ""}]})
    assert tags() == [{"Key": "c", "Value": ""}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert tags() == []
    after = s3.head_object(Bucket=bucket, Key="k")
    assert after["LastModified"] == before["LastModified"] and after["ETag"] == before["ETag"]
    assert read(s3, bucket, "k") == b"x"
    assert code(s3.get_object_tagging, Bucket=bucket, Key="none") == ("NoSuchKey", 404)
    too_many = [{"Key": f"k{number}", "Value": ""} for number in range(11)]
    assert code(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": too_many})[1] == 400


def test_bucket_tags(s3, bucket):
    assert code(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "ü"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    assert code(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    # A new bucket of the name does not inherit.
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert code(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)


def test_versions(s3, bucket):
    keys = ["a", "a/1", "a/2", "b", "ü"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    found, markers = [], {}
    while True:
        page = s3.list_object_versions(Bucket=bucket, MaxKeys=2, **markers)
        found += page["Versions"]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert [item["Key"] for item in found] == keys
    assert all(item["VersionId"] == "null" and item["IsLatest"] for item in found)
    page = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in page["CommonPrefixes"]] == ["a/"]
    assert read(s3, bucket, "a") == s3.get_object(Bucket=bucket, Key="a", VersionId="null")["Body"].read()
    assert code(s3.get_object, Bucket=bucket, Key="none", VersionId="null") == ("NoSuchVersion", 404)


def test_attributes_of_a_single_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ChecksumAlgorithm="SHA256")
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    answer = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=wanted)
    assert answer["ObjectSize"] == 3 and "ObjectParts" not in answer
    assert answer["Checksum"]["ChecksumType"] == "FULL_OBJECT" and "ChecksumSHA256" in answer["Checksum"]
