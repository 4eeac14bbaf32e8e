"""ListObjects, ListObjectsV2, ListObjectVersions: prefix, delimiter, paging, encodings. API pages of the three."""

import pytest

from steps import keys, prefixes, put, refusal

NAMES = ["a", "a/", "a/b", "a/b/c", "a//b", "b", "b-1", "b/1", "b/2", "b/2/3", "c/", "d e", "d+e", "d%20e", "é", "z/y/x", "Ω", "😀/1"]  # fmt: skip
ORDERED = sorted(NAMES, key=lambda name: name.encode())


@pytest.fixture(scope="module")
def listed(s3):
    s3.create_bucket(Bucket="listed")
    for name in NAMES:
        put(s3, "listed", name, name.encode())
    return "listed"


def expected(prefix="", delimiter="", after=""):
    """What a listing must show: keys, then common prefixes, by the definition on the API page."""
    shown, common = [], []
    for name in ORDERED:
        if not name.startswith(prefix):
            continue
        rest = name[len(prefix) :]
        if delimiter and delimiter in rest:
            group = prefix + rest[: rest.index(delimiter) + len(delimiter)]
            if group.encode() > after.encode() and not (after and after.startswith(group)):
                if group not in common:
                    common.append(group)
        elif name.encode() > after.encode():
            shown.append(name)
    return shown, common


CASES = [("", ""), ("", "/"), ("a", ""), ("a", "/"), ("a/", "/"), ("a/b", "/"), ("a//", "/"), ("b", ""), ("b", "/"),
         ("b/", "/"), ("b/2", "/"), ("b/2/", "/"), ("d", ""), ("d ", ""), ("é", ""), ("😀", "/"), ("nothing", ""),
         ("nothing", "/"), ("", "b"), ("", "/b"), ("", "😀"), ("z/", "/"), ("z/y/x", "/"), ("", "%")]  # fmt: skip


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("prefix, delimiter", CASES)
def test_prefix_and_delimiter(s3, listed, version, prefix, delimiter):
    call = s3.list_objects if version == 1 else s3.list_objects_v2
    answer = call(Bucket=listed, Prefix=prefix, **({"Delimiter": delimiter} if delimiter else {}))
    assert (keys(answer), prefixes(answer)) == expected(prefix, delimiter)
    assert answer["IsTruncated"] is False and answer["Prefix"] == prefix
    if version == 2:
        assert answer["KeyCount"] == len(keys(answer)) + len(prefixes(answer))


@pytest.mark.parametrize("version", [1, 2, "versions"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("prefix, delimiter", [("", ""), ("", "/"), ("b", "/"), ("a/", "/"), ("", "b")])
def test_pages_join_to_the_whole(s3, listed, version, size, prefix, delimiter):
    named = {"Bucket": listed, "Prefix": prefix, "MaxKeys": size} | ({"Delimiter": delimiter} if delimiter else {})
    shown, common, more = [], [], {}
    for _ in range(100):
        if version == 2:
            page = s3.list_objects_v2(**named, **more)
            assert page["KeyCount"] == len(keys(page)) + len(prefixes(page))
            more = {"ContinuationToken": page.get("NextContinuationToken")}
        elif version == 1:
            page = s3.list_objects(**named, **more)
            last = max(keys(page)[-1:] + prefixes(page)[-1:], key=str.encode, default=None)
            more = {"Marker": page.get("NextMarker", last)}
        else:
            page = s3.list_object_versions(**named, **more)
            page["Contents"] = page.get("Versions", [])
            more = {"KeyMarker": page.get("NextKeyMarker"), "VersionIdMarker": page.get("NextVersionIdMarker")}
            more = {name: value for name, value in more.items() if value is not None}
        assert len(keys(page)) + len(prefixes(page)) <= size
        shown += keys(page)
        common += prefixes(page)
        if not page["IsTruncated"]:
            break
    assert (shown, common) == expected(prefix, delimiter)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("delimiter", ["", "/"])
@pytest.mark.parametrize("after", ["", "a", "a/", "a/b", "a0", "b", "b-", "b/1", "c", "d e", "é", "zz", "\U0010ffff"])
def test_start_after_and_marker(s3, listed, version, delimiter, after):
    named = {"Bucket": listed} | ({"Delimiter": delimiter} if delimiter else {})
    if version == 1:
        answer = s3.list_objects(**named, Marker=after)
        assert answer["Marker"] == after
    else:
        answer = s3.list_objects_v2(**named, StartAfter=after)
    assert (keys(answer), prefixes(answer)) == expected("", delimiter, after)


@pytest.mark.parametrize("version", [1, 2, "versions"])
def test_no_keys_wanted(s3, listed, version):
    call = {1: s3.list_objects, 2: s3.list_objects_v2, "versions": s3.list_object_versions}[version]
    answer = call(Bucket=listed, MaxKeys=0)
    assert keys(answer) == [] and answer["IsTruncated"] is False


@pytest.mark.parametrize("size", [-1, 2**31])
@pytest.mark.parametrize("version", [1, 2])
def test_page_sizes_out_of_range(s3, listed, version, size):
    call = s3.list_objects if version == 1 else s3.list_objects_v2
    assert refusal(call, Bucket=listed, MaxKeys=size) == (400, "InvalidArgument")


def test_more_than_a_thousand_are_never_shown(s3, listed):
    assert s3.list_objects_v2(Bucket=listed, MaxKeys=5000)["MaxKeys"] in (1000, 5000)


def test_the_owner_only_on_request(s3, listed):
    plain = s3.list_objects_v2(Bucket=listed, MaxKeys=1)["Contents"][0]
    assert "Owner" not in plain
    owned = s3.list_objects_v2(Bucket=listed, MaxKeys=1, FetchOwner=True)["Contents"][0]
    assert owned["Owner"]["ID"]
    assert s3.list_objects(Bucket=listed, MaxKeys=1)["Contents"][0]["Owner"]["ID"] == owned["Owner"]["ID"]


def test_what_an_entry_shows(s3, listed):
    [entry] = s3.list_objects_v2(Bucket=listed, Prefix="b/2/3")["Contents"]
    head = s3.head_object(Bucket=listed, Key="b/2/3")
    assert (entry["Size"], entry["ETag"], entry["StorageClass"]) == (5, head["ETag"], "STANDARD")
    assert abs((entry["LastModified"] - head["LastModified"]).total_seconds()) < 1


def test_versions_of_a_bucket_that_keeps_none(s3, listed):
    answer = s3.list_object_versions(Bucket=listed)
    assert [entry["Key"] for entry in answer["Versions"]] == ORDERED
    assert all(entry["VersionId"] == "null" and entry["IsLatest"] for entry in answer["Versions"])
    assert "DeleteMarkers" not in answer


@pytest.mark.parametrize("token", ["nonsense", "", "AAAA", "ä"])
def test_tokens_that_are_none(s3, listed, token):
    assert refusal(s3.list_objects_v2, Bucket=listed, ContinuationToken=token) == (400, "InvalidArgument")


@pytest.mark.parametrize("encoding", ["base64", "", "URL "])
def test_encodings_that_do_not_exist(s3, listed, encoding):
    assert refusal(s3.list_objects_v2, Bucket=listed, EncodingType=encoding) == (400, "InvalidArgument")


@pytest.mark.parametrize("call", ["list_objects", "list_objects_v2", "list_object_versions", "list_multipart_uploads"])
def test_a_bucket_that_does_not_exist(s3, call):
    assert refusal(getattr(s3, call), Bucket="no-such-bucket-at-all") == (404, "NoSuchBucket")


def test_a_page_changes_only_by_what_comes_after_it(s3, bucket):
    for number in range(10):
        put(s3, bucket, f"key-{number}", b"")
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=5)
    put(s3, bucket, "key-00", b"")
    s3.delete_object(Bucket=bucket, Key="key-4")
    s3.delete_object(Bucket=bucket, Key="key-7")
    put(s3, bucket, "key-99", b"")
    rest = s3.list_objects_v2(Bucket=bucket, ContinuationToken=page["NextContinuationToken"])
    assert keys(page) == [f"key-{n}" for n in range(5)]
    assert keys(rest) == ["key-5", "key-6", "key-8", "key-9", "key-99"]
