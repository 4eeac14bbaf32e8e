"""Buckets and listings by boto3 (API pages of the operations that each test calls)."""

import pytest

from test_objects import code_of


def test_the_life_of_a_bucket(s3):
    s3.create_bucket(Bucket="life")
    assert s3.head_bucket(Bucket="life")["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket="life")["LocationConstraint"] is None
    assert "life" in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert code_of(s3.create_bucket, Bucket="life") == (409, "BucketAlreadyOwnedByYou")
    s3.put_object(Bucket="life", Key="key", Body=b"x")
    assert code_of(s3.delete_bucket, Bucket="life") == (409, "BucketNotEmpty")
    assert s3.get_object(Bucket="life", Key="key")["Body"].read() == b"x"
    s3.delete_object(Bucket="life", Key="key")
    s3.delete_bucket(Bucket="life")
    assert code_of(s3.head_bucket, Bucket="life")[0] == 404
    assert "life" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    s3.create_bucket(Bucket="life")
    assert "Contents" not in s3.list_objects_v2(Bucket="life")
    s3.delete_bucket(Bucket="life")


def test_names_and_locations(s3):
    for name in ["Upper", "under_score", "a..b", "192.168.1.1"]:
        # boto3 itself refuses nothing here: the server's rules are asked.
        assert code_of(s3.create_bucket, Bucket=name) == (400, "InvalidBucketName")
    with_location = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert code_of(s3.create_bucket, Bucket="elsewhere", **with_location) == (
        400, "IllegalLocationConstraintException")  # fmt: skip


def test_buckets_by_pages(s3):
    names = [f"page-{number:02}" for number in range(7)]
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = list(s3.get_paginator("list_buckets").paginate(Prefix="page-", PaginationConfig={"PageSize": 3}))
    assert [[bucket["Name"] for bucket in page["Buckets"]] for page in pages] == [names[:3], names[3:6], names[6:]]
    for name in names:
        s3.delete_bucket(Bucket=name)


@pytest.fixture(scope="module")
def listing(s3):
    """2,300 keys in a few folders, as a dictionary and as a bucket."""
    keys = [f"{folder}/{number:04}" for folder in ["a", "b/c", "b/d"] for number in range(760)]
    keys += ["a", "b", "z", "b/", "é/1", "🐓/1", "a b+c%d"]
    s3.create_bucket(Bucket="listing")
    for key in keys:
        s3.put_object(Bucket="listing", Key=key, Body=b"")
    return sorted(keys, key=lambda key: key.encode())


def fold(keys, prefix="", delimiter="", after=""):
    """What a listing without limits must hold (API_ListObjectsV2: prefix, delimiter, start-after)."""
    found = []
    for key in keys:
        if not key.startswith(prefix) or key.encode() <= after.encode():
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = ("prefix", key[: end + len(delimiter)]) if end >= 0 else ("key", key)
        if entry[0] == "prefix" and entry[1].encode() <= after.encode() and after.startswith(entry[1]):
            continue
        if entry not in found[-1:]:
            found.append(entry)
    return found


def entries(page):
    found = [("key", entry["Key"]) for entry in page.get("Contents", [])]
    found += [("prefix", entry["Prefix"]) for entry in page.get("CommonPrefixes", [])]
    return found


CASES = [{}, {"prefix": "a"}, {"prefix": "a/"}, {"prefix": "b/c/00"}, {"delimiter": "/"}, {"prefix": "b/", "delimiter": "/"},
         {"prefix": "a/", "delimiter": "/"}, {"delimiter": "0"}, {"prefix": "é"}, {"prefix": "none"},
         {"prefix": "b/", "delimiter": "/c"}, {"delimiter": "🐓"}]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("size", [1000, 7, 1])
def test_listings_by_pages(s3, listing, case, size):
    expected = fold(listing, case.get("prefix", ""), case.get("delimiter", ""))
    if size < 1000 and len(expected) > 100:
        expected = None
    named = {"Bucket": "listing", "MaxKeys": size}
    if "prefix" in case:
        named["Prefix"] = case["prefix"]
    if "delimiter" in case:
        named["Delimiter"] = case["delimiter"]
    found, token, pages = [], None, 0
    while True:
        page = s3.list_objects_v2(**named, **({"ContinuationToken": token} if token else {}))
        here = sorted(entries(page), key=lambda entry: entry[1].encode())
        assert page["KeyCount"] == len(here) <= size
        found += here
        pages += 1
        token = page.get("NextContinuationToken")
        assert page["IsTruncated"] == (token is not None)
        if token is None or (expected is None and pages == 30):
            break
    if expected is None:
        expected = fold(listing, case.get("prefix", ""), case.get("delimiter", ""))[: len(found)]
    assert found == expected


@pytest.mark.parametrize("after", ["a/0500", "a", "b/c/0759", "b/d", "zz", "é/1", "🐓", "~"])
def test_start_after(s3, listing, after):
    page = s3.list_objects_v2(Bucket="listing", StartAfter=after)
    assert entries(page) == fold(listing, after=after)[:1000]


@pytest.mark.parametrize("delimiter", ["", "/"])
def test_the_first_version_of_listing(s3, listing, delimiter):
    """Pages by marker: NextMarker with a delimiter, the last key without."""
    found, marker = [], ""
    while True:
        page = s3.list_objects(Bucket="listing", Delimiter=delimiter, Marker=marker, MaxKeys=300)
        here = sorted(entries(page), key=lambda entry: entry[1].encode())
        found += here
        if not page["IsTruncated"]:
            break
        assert ("NextMarker" in page) == bool(delimiter)
        marker = page["NextMarker"] if delimiter else here[-1][1]
    assert found == fold(listing, delimiter=delimiter)


def test_owners_come_when_asked_for(s3, listing):
    assert "Owner" not in s3.list_objects_v2(Bucket="listing", MaxKeys=1)["Contents"][0]
    owner = s3.list_objects_v2(Bucket="listing", MaxKeys=1, FetchOwner=True)["Contents"][0]["Owner"]
    assert owner["ID"] == s3.list_buckets()["Owner"]["ID"]


def test_pages_of_nothing(s3, listing):
    page = s3.list_objects_v2(Bucket="listing", MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"]) == (0, False)


def test_errors_of_listings(s3):
    assert code_of(s3.list_objects_v2, Bucket="no-such-bucket") == (404, "NoSuchBucket")
    assert code_of(s3.list_objects_v2, Bucket="listing", ContinuationToken="x") == (400, "InvalidArgument")


def test_what_comes_later_says_so(s3, bucket):
    calls = [
        (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Enabled"}}),
        (s3.put_bucket_policy, {"Policy": "{}"}),
        (s3.put_bucket_website, {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}}),
        (s3.restore_object, {"Key": "k"}),
    ]
    for call, named in calls:
        assert code_of(call, Bucket=bucket, **named) == (501, "NotImplemented")
