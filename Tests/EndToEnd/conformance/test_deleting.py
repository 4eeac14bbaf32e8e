"""DeleteObject and DeleteObjects. API pages of both."""

import pytest

from content import content
from steps import exists, extra_headers, get, keys, md5, put, refusal, status, upload


def delete(s3, bucket, names, **named):
    objects = [{"Key": name} if isinstance(name, str) else name for name in names]
    return s3.delete_objects(Bucket=bucket, Delete={"Objects": objects} | named)


@pytest.mark.parametrize("count", [1, 2, 10, 1000])
def test_many_at_once(s3, bucket, count):
    names = [f"key-{number:04}" for number in range(count)]
    for name in names:
        put(s3, bucket, name, b"")
    answer = delete(s3, bucket, names)
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == names
    assert "Errors" not in answer
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


def test_more_than_a_thousand_are_refused(s3, bucket):
    put(s3, bucket, "key-0")
    assert refusal(delete, s3, bucket, [f"key-{number}" for number in range(1001)]) == (400, "MalformedXML")
    assert exists(s3, bucket, "key-0")


def test_quiet_tells_only_errors(s3, bucket):
    put(s3, bucket, "key")
    answer = delete(s3, bucket, ["key", "missing"], Quiet=True)
    assert "Deleted" not in answer and "Errors" not in answer
    assert not exists(s3, bucket, "key")


def test_what_is_not_there_counts_as_deleted(s3, bucket):
    answer = delete(s3, bucket, ["missing"])
    assert [entry["Key"] for entry in answer["Deleted"]] == ["missing"]


@pytest.mark.parametrize("name", ["a b", "a+b", "ü/ß", "a&b<c>\"'", "100%25", "😀", "//", "..", "a\tb", "k" * 1024])
def test_unusual_names(s3, bucket, name):
    put(s3, bucket, name)
    answer = delete(s3, bucket, [name])
    assert [entry["Key"] for entry in answer["Deleted"]] == [name]
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


def test_objects_of_all_kinds(s3, bucket):
    put(s3, bucket, "empty", b"")
    put(s3, bucket, "inline", b"data")
    put(s3, bucket, "blob", content(1, 1_000_000))
    upload(s3, bucket, content(2, 5 << 20), b"tail", key="parts")
    assert len(delete(s3, bucket, ["empty", "inline", "blob", "parts"])["Deleted"]) == 4
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []
    s3.delete_bucket(Bucket=bucket)


def test_a_key_named_twice(s3, bucket):
    put(s3, bucket, "key")
    answer = delete(s3, bucket, ["key", "key"])
    assert {entry["Key"] for entry in answer["Deleted"]} == {"key"}


@pytest.mark.parametrize("version, gone", [("null", True), (None, True)])
def test_the_null_version(s3, bucket, version, gone):
    put(s3, bucket, "key")
    delete(s3, bucket, [{"Key": "key"} | ({"VersionId": version} if version else {})])
    assert exists(s3, bucket, "key") != gone


def test_conditions_of_single_keys(s3, bucket):
    tag = put(s3, bucket, "one", b"1")["ETag"]
    put(s3, bucket, "two", b"2")
    answer = delete(s3, bucket, [{"Key": "one", "ETag": tag}, {"Key": "two", "ETag": tag}, {"Key": "three"}])
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == ["one", "three"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("two", "PreconditionFailed")]
    assert not exists(s3, bucket, "one") and exists(s3, bucket, "two")


def test_an_empty_list(s3, bucket):
    assert refusal(delete, s3, bucket, []) == (400, "MalformedXML")


def test_a_bucket_that_does_not_exist(s3):
    assert refusal(delete, s3, "no-such-bucket-at-all", ["key"]) == (404, "NoSuchBucket")
    assert refusal(s3.delete_object, Bucket="no-such-bucket-at-all", Key="key") == (404, "NoSuchBucket")


def test_a_document_with_a_wrong_digest(s3, bucket):
    put(s3, bucket, "key")
    with extra_headers(s3, "DeleteObjects", {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}):
        assert refusal(delete, s3, bucket, ["key"]) == (400, "BadDigest")
    assert exists(s3, bucket, "key")


def test_delete_object_is_idempotent(s3, bucket):
    put(s3, bucket, "key")
    for _ in range(3):
        assert status(s3.delete_object(Bucket=bucket, Key="key")) == 204
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == (404, "NoSuchKey")


def test_delete_object_of_the_null_version(s3, bucket):
    put(s3, bucket, "key")
    s3.delete_object(Bucket=bucket, Key="key", VersionId="null")
    assert not exists(s3, bucket, "key")


def test_a_prefix_is_not_a_folder(s3, bucket):
    for name in ("a", "a/", "a/b"):
        put(s3, bucket, name, name.encode())
    s3.delete_object(Bucket=bucket, Key="a/")
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["a", "a/b"]
    s3.delete_object(Bucket=bucket, Key="a")
    assert get(s3, bucket, "a/b") == b"a/b" and md5(b"a/b")
