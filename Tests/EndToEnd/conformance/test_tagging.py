"""Tags of objects and buckets. API pages: Put/Get/DeleteObjectTagging, Put/Get/DeleteBucketTagging; limits from
"Categorizing your storage using tags" (object-tagging.html)."""

import pytest

from steps import get, headers, put, refusal, status, upload


def tag_set(count: int, key="k", value="v"):
    return [{"Key": f"{key}{number}", "Value": f"{value}{number}"} for number in range(count)]


def set_tags(s3, bucket, tags):
    return s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": tags})


@pytest.mark.parametrize("tags", [
    [], tag_set(1), tag_set(10), [{"Key": "k" * 128, "Value": "v" * 256}], [{"Key": "empty", "Value": ""}],
    [{"Key": "with space", "Value": "+ - = . _ : / @"}], [{"Key": "ümlaut", "Value": "größe"}],
    [{"Key": "ключ", "Value": "значение"}], [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}],
], ids=lambda tags: str(len(tags)))  # fmt: skip
def test_what_is_set_is_got(s3, bucket, tags):
    put(s3, bucket, "key", b"data")
    assert status(set_tags(s3, bucket, tags)) == 200
    got = s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"]
    assert sorted(got, key=str) == sorted(tags, key=str)
    assert get(s3, bucket, "key") == b"data"


@pytest.mark.parametrize("tags, code", [
    (tag_set(11), "BadRequest"), ([{"Key": "k" * 129, "Value": ""}], "InvalidTag"),
    ([{"Key": "k", "Value": "v" * 257}], "InvalidTag"), ([{"Key": "", "Value": "v"}], "InvalidTag"),
    ([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}], "InvalidTag"),
    ([{"Key": "aws:reserved", "Value": "v"}], "InvalidTag"),
], ids=lambda value: str(value)[:30])  # fmt: skip
def test_tags_that_are_refused(s3, bucket, tags, code):
    put(s3, bucket, "key", Tagging="before=1")
    assert refusal(set_tags, s3, bucket, tags) == (400, code)
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == [{"Key": "before", "Value": "1"}]


def test_setting_replaces_all(s3, bucket):
    put(s3, bucket, "key", Tagging="a=1&b=2")
    set_tags(s3, bucket, tag_set(1))
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tag_set(1)


def test_deleting(s3, bucket):
    put(s3, bucket, "key", Tagging="a=1")
    assert status(s3.delete_object_tagging(Bucket=bucket, Key="key")) == 204
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    assert status(s3.delete_object_tagging(Bucket=bucket, Key="key")) == 204


@pytest.mark.parametrize("text, expected", [
    ("a=1", {"a": "1"}), ("a=1&b=2", {"a": "1", "b": "2"}), ("a=", {"a": ""}), ("a", {"a": ""}),
    ("with%20space=x%2By", {"with space": "x+y"}), ("plus+is=space", {"plus is": "space"}), ("", {}),
    ("%C3%BC=%E2%82%AC", {"ü": "€"}),
])  # fmt: skip
def test_tags_in_the_header_of_a_put(s3, bucket, text, expected):
    put(s3, bucket, "key", Tagging=text)
    got = s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in got} == expected


@pytest.mark.parametrize("text, code", [
    ("&".join(f"k{number}=v" for number in range(11)), "BadRequest"), ("a=1&a=2", "InvalidTag"),
    ("k" * 129 + "=", "InvalidTag"), ("a=" + "v" * 257, "InvalidTag"), ("=v", "InvalidTag"),
], ids=lambda text: text[:20])  # fmt: skip
def test_headers_that_are_refused(s3, bucket, text, code):
    status_and_code = refusal(put, s3, bucket, "key", Tagging=text)
    assert status_and_code[0] == 400 and status_and_code[1] in (code, "InvalidArgument")
    assert refusal(s3.head_object, Bucket=bucket, Key="key")[0] == 404


def test_the_number_of_tags_is_told_by_get_and_head(s3, bucket):
    put(s3, bucket, "key", Tagging="a=1&b=2")
    assert s3.get_object(Bucket=bucket, Key="key")["TagCount"] == 2
    assert headers(s3.head_object(Bucket=bucket, Key="key"))["x-amz-tagging-count"] == "2"
    put(s3, bucket, "key")
    assert "TagCount" not in s3.get_object(Bucket=bucket, Key="key")


def test_tags_change_neither_tag_nor_time(s3, bucket):
    put(s3, bucket, "key")
    before = s3.head_object(Bucket=bucket, Key="key")
    set_tags(s3, bucket, tag_set(3))
    after = s3.head_object(Bucket=bucket, Key="key")
    assert (before["ETag"], before["LastModified"]) == (after["ETag"], after["LastModified"])


def test_an_overwrite_starts_without_tags(s3, bucket):
    put(s3, bucket, "key", Tagging="a=1")
    put(s3, bucket, "key")
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []


def test_tags_of_a_multipart_object(s3, bucket):
    upload(s3, bucket, b"data")
    set_tags(s3, bucket, tag_set(2))
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tag_set(2)
    assert get(s3, bucket, "key") == b"data"


@pytest.mark.parametrize("operation", ["get_object_tagging", "delete_object_tagging"])
def test_tags_of_nothing(s3, bucket, operation):
    assert refusal(getattr(s3, operation), Bucket=bucket, Key="missing") == (404, "NoSuchKey")
    assert refusal(getattr(s3, operation), Bucket="no-such-bucket-at-all", Key="k") == (404, "NoSuchBucket")


def test_setting_tags_of_nothing(s3, bucket):
    assert refusal(set_tags, s3, bucket, tag_set(1)) == (404, "NoSuchKey")


# Buckets


def bucket_tags(s3, bucket, tags):
    return s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


@pytest.mark.parametrize("tags", [tag_set(1), tag_set(50), [{"Key": "k" * 128, "Value": "ü" * 256}]],
                         ids=lambda tags: str(len(tags)))  # fmt: skip
def test_bucket_tags(s3, bucket, tags):
    assert refusal(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
    assert status(bucket_tags(s3, bucket, tags)) in (200, 204)
    assert sorted(s3.get_bucket_tagging(Bucket=bucket)["TagSet"], key=str) == sorted(tags, key=str)
    assert status(s3.delete_bucket_tagging(Bucket=bucket)) == 204
    assert refusal(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")


@pytest.mark.parametrize("tags", [tag_set(51), [{"Key": "", "Value": ""}], [{"Key": "k", "Value": "1"}] * 2,
                                  [{"Key": "k" * 129, "Value": ""}]], ids=lambda tags: str(len(tags)))  # fmt: skip
def test_bucket_tags_that_are_refused(s3, bucket, tags):
    bucket_tags(s3, bucket, tag_set(1))
    assert refusal(bucket_tags, s3, bucket, tags)[0] == 400
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tag_set(1)


def test_bucket_tags_go_with_the_bucket(s3, bucket):
    bucket_tags(s3, bucket, tag_set(1))
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert refusal(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
