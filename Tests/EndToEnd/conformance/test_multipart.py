"""Multipart uploads. API pages: CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload,
ListParts, ListMultipartUploads; limits from "Amazon S3 multipart upload limits" (qfacts.html)."""

import hashlib

import pytest

from content import content
from steps import (MIB, PART, b64, begin, complete, crc32, exists, get, headers, keys, multipart_tag, prefixes, put,
                   refusal, send, sha256, status, upload)  # fmt: skip


@pytest.mark.parametrize("sizes", [[1], [0], [PART], [PART, 1], [PART, PART], [PART, PART + 1, 17], [8 * MIB, 3 * MIB],
                                   [PART + 4095, PART + 1, PART - 0, 65537]], ids=str)  # fmt: skip
def test_the_parts_in_order_are_the_object(s3, bucket, sizes):
    parts = [content(number, size) for number, size in enumerate(sizes)]
    done = upload(s3, bucket, *parts)
    assert done["ETag"] == multipart_tag(*parts)
    assert (done["Bucket"], done["Key"]) == (bucket, "key")
    whole = b"".join(parts)
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == whole
    assert (got["ContentLength"], got["ETag"]) == (len(whole), done["ETag"])
    [listed] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert (listed["Size"], listed["ETag"]) == (len(whole), done["ETag"])


@pytest.mark.parametrize("first, last", [(0, 0), (0, PART - 1), (PART - 1, PART), (PART, PART), (PART - 7, PART + 7),
                                         (PART, 2 * PART - 1), (2 * PART - 1, 2 * PART + 99), (2 * PART, 2 * PART + 99),
                                         (1, 2 * PART + 98), (100, 8 * MIB)])  # fmt: skip
def test_ranges_across_parts(s3, multipart_object, first, last):
    bucket, data, _ = multipart_object
    got = s3.get_object(Bucket=bucket, Key="key", Range=f"bytes={first}-{last}")
    assert status(got) == 206
    assert got["ContentRange"] == f"bytes {first}-{last}/{len(data)}"
    assert got["Body"].read() == data[first : last + 1]


@pytest.fixture(scope="module")
def multipart_object(s3):
    s3.create_bucket(Bucket="multipart-object")
    parts = [content(1, PART), content(2, PART), content(3, 100)]
    upload(s3, "multipart-object", *parts)
    return "multipart-object", b"".join(parts), parts


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_part_by_its_number(s3, multipart_object, number, operation):
    bucket, data, parts = multipart_object
    got = getattr(s3, operation)(Bucket=bucket, Key="key", PartNumber=number)
    start = sum(len(part) for part in parts[: number - 1])
    assert status(got) == 206
    assert got["PartsCount"] == 3
    assert got["ContentLength"] == len(parts[number - 1])
    assert headers(got)["content-range"] == f"bytes {start}-{start + len(parts[number - 1]) - 1}/{len(data)}"
    if operation == "get_object":
        assert got["Body"].read() == parts[number - 1]


def test_a_part_number_beyond_the_last(s3, multipart_object):
    assert refusal(s3.get_object, Bucket=multipart_object[0], Key="key", PartNumber=4) == (416, "InvalidPartNumber")


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_a_part_number_out_of_range_on_get(s3, multipart_object, number):
    assert refusal(s3.get_object, Bucket=multipart_object[0], Key="key", PartNumber=number) == (400, "InvalidArgument")


def test_part_number_and_range_exclude_each_other(s3, multipart_object):
    with_both = refusal(s3.get_object, Bucket=multipart_object[0], Key="key", PartNumber=1, Range="bytes=0-1")
    assert with_both == (400, "InvalidRequest")


def test_part_one_of_an_object_that_has_no_parts(s3, bucket):
    put(s3, bucket, "plain", b"12345")
    got = s3.get_object(Bucket=bucket, Key="plain", PartNumber=1)
    assert got["Body"].read() == b"12345" and "PartsCount" not in got
    assert refusal(s3.get_object, Bucket=bucket, Key="plain", PartNumber=2) == (416, "InvalidPartNumber")


# UploadPart


@pytest.mark.parametrize("number", [1, 2, 100, 9_999, 10_000])
def test_part_numbers_may_have_gaps(s3, bucket, number):
    name = begin(s3, bucket)
    done = complete(s3, bucket, name, [send(s3, bucket, name, number, b"data")])
    assert done["ETag"] == multipart_tag(b"data")
    assert get(s3, bucket, "key") == b"data"


@pytest.mark.parametrize("number", [0, 10_001, 100_000, -1])
def test_part_numbers_out_of_range(s3, bucket, number):
    name = begin(s3, bucket)
    assert refusal(send, s3, bucket, name, number, b"data") == (400, "InvalidArgument")


def test_a_part_is_replaced_by_the_last_upload_of_its_number(s3, bucket):
    name = begin(s3, bucket)
    send(s3, bucket, name, 1, content(1, 3 * MIB))
    send(s3, bucket, name, 1, b"small")
    last = send(s3, bucket, name, 1, content(2, 6 * MIB))
    complete(s3, bucket, name, [last])
    assert get(s3, bucket, "key") == content(2, 6 * MIB)


def test_a_replaced_part_cannot_be_named_any_more(s3, bucket):
    name = begin(s3, bucket)
    first = send(s3, bucket, name, 1, b"first")
    send(s3, bucket, name, 1, b"second")
    assert refusal(complete, s3, bucket, name, [first]) == (400, "InvalidPart")


def test_the_part_answers_with_the_md5_as_its_tag(s3, bucket):
    name = begin(s3, bucket)
    assert send(s3, bucket, name, 1, b"data")["ETag"] == f'"{hashlib.md5(b"data").hexdigest()}"'


@pytest.mark.parametrize("wrong", ["nonsense", "00000000000000000000000000000000", "..", "a b"])
@pytest.mark.parametrize("operation", ["upload_part", "complete", "abort", "list_parts"])
def test_an_upload_that_does_not_exist(s3, bucket, wrong, operation):
    named = {"Bucket": bucket, "Key": "key", "UploadId": wrong}
    call = {
        "upload_part": lambda: s3.upload_part(**named, PartNumber=1, Body=b""),
        "complete": lambda: s3.complete_multipart_upload(
            **named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]}),
        "abort": lambda: s3.abort_multipart_upload(**named),
        "list_parts": lambda: s3.list_parts(**named),
    }[operation]  # fmt: skip
    assert refusal(call) == (404, "NoSuchUpload")


@pytest.mark.parametrize("operation", ["upload_part", "complete", "abort", "list_parts"])
def test_an_upload_belongs_to_its_key(s3, bucket, operation):
    name = begin(s3, bucket, "one")
    part = send(s3, bucket, name, 1, b"data", key="one")
    named = {"Bucket": bucket, "Key": "two", "UploadId": name}
    call = {
        "upload_part": lambda: s3.upload_part(**named, PartNumber=1, Body=b""),
        "complete": lambda: s3.complete_multipart_upload(**named, MultipartUpload={"Parts": [part]}),
        "abort": lambda: s3.abort_multipart_upload(**named),
        "list_parts": lambda: s3.list_parts(**named),
    }[operation]
    assert refusal(call) == (404, "NoSuchUpload")
    assert [listed["PartNumber"] for listed in s3.list_parts(Bucket=bucket, Key="one", UploadId=name)["Parts"]] == [1]


def test_parts_are_invisible_until_completion(s3, bucket):
    name = begin(s3, bucket)
    send(s3, bucket, name, 1, b"data")
    assert not exists(s3, bucket, "key")
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


# CompleteMultipartUpload


@pytest.mark.parametrize("order", [(2, 1), (1, 1), (1, 3, 2)], ids=str)
def test_parts_must_ascend(s3, bucket, order):
    name = begin(s3, bucket)
    parts = {number: send(s3, bucket, name, number, content(number, PART)) for number in set(order)}
    assert refusal(complete, s3, bucket, name, [parts[number] for number in order]) == (400, "InvalidPartOrder")
    assert not exists(s3, bucket, "key")


def test_only_the_last_part_may_be_small(s3, bucket):
    name = begin(s3, bucket)
    parts = [send(s3, bucket, name, 1, b"x" * (PART - 1)), send(s3, bucket, name, 2, b"y")]
    assert refusal(complete, s3, bucket, name, parts) == (400, "EntityTooSmall")
    # Nothing has changed: the same upload can be mended.
    parts[0] = send(s3, bucket, name, 1, b"x" * PART)
    assert complete(s3, bucket, name, parts)["ETag"] == multipart_tag(b"x" * PART, b"y")


def test_a_part_that_was_never_sent(s3, bucket):
    name = begin(s3, bucket)
    part = send(s3, bucket, name, 1, b"data")
    assert refusal(complete, s3, bucket, name, [part | {"PartNumber": 2}]) == (400, "InvalidPart")


@pytest.mark.parametrize("tag", ['"00000000000000000000000000000000"', "nonsense", '""'])
def test_a_part_with_another_tag(s3, bucket, tag):
    name = begin(s3, bucket)
    part = send(s3, bucket, name, 1, b"data")
    assert refusal(complete, s3, bucket, name, [part | {"ETag": tag}]) == (400, "InvalidPart")


def test_tags_without_quotes_are_understood(s3, bucket):
    name = begin(s3, bucket)
    part = send(s3, bucket, name, 1, b"data")
    complete(s3, bucket, name, [part | {"ETag": part["ETag"].strip('"')}])
    assert get(s3, bucket, "key") == b"data"


def test_no_parts_at_all(s3, bucket):
    name = begin(s3, bucket)
    assert refusal(complete, s3, bucket, name, []) == (400, "MalformedXML")


def test_parts_that_are_not_named_are_dropped(s3, bucket):
    name = begin(s3, bucket)
    send(s3, bucket, name, 1, b"dropped")
    kept = send(s3, bucket, name, 2, b"kept")
    complete(s3, bucket, name, [kept])
    assert get(s3, bucket, "key") == b"kept"


def test_completing_again_gets_the_same_answer(s3, bucket):
    name = begin(s3, bucket)
    parts = [send(s3, bucket, name, 1, b"data")]
    first = complete(s3, bucket, name, parts)
    again = complete(s3, bucket, name, parts)
    assert (status(again), again["ETag"]) == (200, first["ETag"])


def test_completing_again_after_an_overwrite_changes_nothing(s3, bucket):
    name = begin(s3, bucket)
    parts = [send(s3, bucket, name, 1, b"data")]
    first = complete(s3, bucket, name, parts)
    put(s3, bucket, "key", b"newer")
    assert complete(s3, bucket, name, parts)["ETag"] == first["ETag"]
    assert get(s3, bucket, "key") == b"newer"


def test_a_completed_upload_takes_no_more_parts(s3, bucket):
    name = begin(s3, bucket)
    complete(s3, bucket, name, [send(s3, bucket, name, 1, b"data")])
    assert refusal(send, s3, bucket, name, 2, b"late") == (404, "NoSuchUpload")
    assert refusal(s3.list_parts, Bucket=bucket, Key="key", UploadId=name) == (404, "NoSuchUpload")


def test_completion_replaces_what_was_there(s3, bucket):
    put(s3, bucket, "key", b"before")
    upload(s3, bucket, b"after")
    assert get(s3, bucket, "key") == b"after"


def test_two_uploads_of_one_key_do_not_mix(s3, bucket):
    one, two = begin(s3, bucket), begin(s3, bucket)
    assert one != two
    part_one, part_two = send(s3, bucket, one, 1, b"one"), send(s3, bucket, two, 1, b"two")
    complete(s3, bucket, two, [part_two])
    assert get(s3, bucket, "key") == b"two"
    complete(s3, bucket, one, [part_one])
    assert get(s3, bucket, "key") == b"one"


@pytest.mark.parametrize("size, expected", [(4, None), (5, (400, "InvalidRequest")), (3, (400, "InvalidRequest"))])
def test_the_size_that_the_client_expects(s3, bucket, size, expected):
    name = begin(s3, bucket)
    parts = [send(s3, bucket, name, 1, b"data")]
    if expected:
        assert refusal(complete, s3, bucket, name, parts, MpuObjectSize=size) == expected
    else:
        complete(s3, bucket, name, parts, MpuObjectSize=size)


# CreateMultipartUpload


@pytest.mark.parametrize("named, header, value", [
    ({"ContentType": "video/mp4"}, "content-type", "video/mp4"),
    ({"CacheControl": "no-cache"}, "cache-control", "no-cache"),
    ({"ContentDisposition": "attachment"}, "content-disposition", "attachment"),
    ({"ContentEncoding": "gzip"}, "content-encoding", "gzip"),
    ({"ContentLanguage": "de"}, "content-language", "de"),
    ({"Metadata": {"colour": "blue"}}, "x-amz-meta-colour", "blue"),
], ids=lambda value: str(value)[:30])  # fmt: skip
def test_what_the_upload_was_begun_with_is_the_objects(s3, bucket, named, header, value):
    upload(s3, bucket, b"data", **named)
    assert headers(s3.head_object(Bucket=bucket, Key="key"))[header] == value


def test_tags_of_the_upload_are_the_objects(s3, bucket):
    upload(s3, bucket, b"data", Tagging="a=1&b=2")
    tags = s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]


def test_an_upload_in_a_bucket_that_does_not_exist(s3):
    assert refusal(begin, s3, "no-such-bucket-here") == (404, "NoSuchBucket")


# AbortMultipartUpload


def test_abort_forgets_the_upload(s3, bucket):
    name = begin(s3, bucket)
    send(s3, bucket, name, 1, b"data")
    assert status(s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=name)) == 204
    assert refusal(s3.list_parts, Bucket=bucket, Key="key", UploadId=name) == (404, "NoSuchUpload")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert refusal(s3.abort_multipart_upload, Bucket=bucket, Key="key", UploadId=name) == (404, "NoSuchUpload")


def test_a_bucket_with_uploads_can_be_deleted_once_they_are_aborted(s3, bucket):
    name = begin(s3, bucket)
    assert refusal(s3.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=name)
    s3.delete_bucket(Bucket=bucket)


# ListParts


@pytest.fixture(scope="module")
def parts_listed(s3):
    s3.create_bucket(Bucket="parts-listed")
    name = begin(s3, "parts-listed", "key/with spaces+plus")
    for number in (1, 2, 3, 5, 8, 13, 10_000):
        send(s3, "parts-listed", name, number, bytes(number % 251), key="key/with spaces+plus")
    return {"Bucket": "parts-listed", "Key": "key/with spaces+plus", "UploadId": name}


def test_list_parts_shows_each(s3, parts_listed):
    answer = s3.list_parts(**parts_listed)
    assert [(part["PartNumber"], part["Size"]) for part in answer["Parts"]] == [
        (number, number % 251) for number in (1, 2, 3, 5, 8, 13, 10_000)
    ]
    assert all(part["ETag"] == f'"{hashlib.md5(bytes(part["Size"])).hexdigest()}"' for part in answer["Parts"])
    assert (answer["IsTruncated"], answer["MaxParts"], answer["StorageClass"]) == (False, 1000, "STANDARD")
    assert (answer["Bucket"], answer["Key"], answer["UploadId"]) == tuple(parts_listed.values())


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_list_parts_by_pages(s3, parts_listed, size):
    seen, marker = [], 0
    while True:
        page = s3.list_parts(**parts_listed, MaxParts=size, PartNumberMarker=marker)
        assert len(page.get("Parts", [])) <= size
        seen += [part["PartNumber"] for part in page.get("Parts", [])]
        if not page["IsTruncated"]:
            break
        marker = page["NextPartNumberMarker"]
        assert marker == seen[-1]
    assert seen == [1, 2, 3, 5, 8, 13, 10_000]


@pytest.mark.parametrize("marker, expected", [(0, 7), (1, 6), (4, 4), (13, 1), (9_999, 1), (10_000, 0)])
def test_list_parts_after_a_marker(s3, parts_listed, marker, expected):
    assert len(s3.list_parts(**parts_listed, PartNumberMarker=marker).get("Parts", [])) == expected


# ListMultipartUploads


@pytest.fixture(scope="module")
def uploads_listed(s3):
    s3.create_bucket(Bucket="uploads-listed")
    names = [("a", begin(s3, "uploads-listed", "a")), ("b/1", begin(s3, "uploads-listed", "b/1")),
             ("b/1", begin(s3, "uploads-listed", "b/1")), ("b/2", begin(s3, "uploads-listed", "b/2")),
             ("c/x/y", begin(s3, "uploads-listed", "c/x/y")), ("d", begin(s3, "uploads-listed", "d"))]  # fmt: skip
    return names


def test_list_uploads_in_key_order(s3, uploads_listed):
    answer = s3.list_multipart_uploads(Bucket="uploads-listed")
    assert [entry["Key"] for entry in answer["Uploads"]] == ["a", "b/1", "b/1", "b/2", "c/x/y", "d"]
    assert {(entry["Key"], entry["UploadId"]) for entry in answer["Uploads"]} == set(uploads_listed)
    assert all(entry["StorageClass"] == "STANDARD" for entry in answer["Uploads"])
    assert answer["IsTruncated"] is False


@pytest.mark.parametrize("named, expected_keys, expected_prefixes", [
    ({"Prefix": "b"}, ["b/1", "b/1", "b/2"], []),
    ({"Prefix": "b/1"}, ["b/1", "b/1"], []),
    ({"Prefix": "z"}, [], []),
    ({"Delimiter": "/"}, ["a", "d"], ["b/", "c/"]),
    ({"Delimiter": "/", "Prefix": "c/"}, [], ["c/x/"]),
    ({"Delimiter": "/", "Prefix": "b/"}, ["b/1", "b/1", "b/2"], []),
    ({"KeyMarker": "b/1"}, ["b/2", "c/x/y", "d"], []),
    ({"KeyMarker": "c"}, ["c/x/y", "d"], []),
    ({"Delimiter": "x"}, ["a", "b/1", "b/1", "b/2", "d"], ["c/x"]),
], ids=str)  # fmt: skip
def test_list_uploads_by(s3, uploads_listed, named, expected_keys, expected_prefixes):
    answer = s3.list_multipart_uploads(Bucket="uploads-listed", **named)
    assert [entry["Key"] for entry in answer.get("Uploads", [])] == expected_keys
    assert prefixes(answer) == expected_prefixes


@pytest.mark.parametrize("delimiter", [None, "/"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_list_uploads_by_pages(s3, uploads_listed, size, delimiter):
    named = {"Delimiter": delimiter} if delimiter else {}
    seen, page = [], {}
    while True:
        markers = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]} if page else {}
        page = s3.list_multipart_uploads(Bucket="uploads-listed", MaxUploads=size, **markers, **named)
        entries = [entry["Key"] for entry in page.get("Uploads", [])] + prefixes(page)
        assert len(entries) <= size
        seen += entries
        if not page["IsTruncated"]:
            break
    assert sorted(seen) == (["a", "b/", "c/", "d"] if delimiter else ["a", "b/1", "b/1", "b/2", "c/x/y", "d"])


# Checksums of multipart uploads: "Checking object integrity", table of composite and full object checksums.


@pytest.mark.parametrize("algorithm, kind, expected", [
    ("CRC32", "COMPOSITE", "COMPOSITE"), ("CRC32C", "COMPOSITE", "COMPOSITE"), ("SHA1", "COMPOSITE", "COMPOSITE"),
    ("SHA256", "COMPOSITE", "COMPOSITE"), ("CRC32", "FULL_OBJECT", "FULL_OBJECT"),
    ("CRC32C", "FULL_OBJECT", "FULL_OBJECT"), ("CRC64NVME", "FULL_OBJECT", "FULL_OBJECT"),
    ("CRC32", None, "COMPOSITE"), ("SHA256", None, "COMPOSITE"), ("CRC64NVME", None, "FULL_OBJECT"),
])  # fmt: skip
def test_checksum_types_of_an_upload(s3, bucket, algorithm, kind, expected):
    named = {"ChecksumAlgorithm": algorithm} | ({"ChecksumType": kind} if kind else {})
    begun = s3.create_multipart_upload(Bucket=bucket, Key="key", **named)
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == (algorithm, expected)
    parts = [send(s3, bucket, begun["UploadId"], 1, content(1, PART), ChecksumAlgorithm=algorithm),
             send(s3, bucket, begun["UploadId"], 2, b"last", ChecksumAlgorithm=algorithm)]  # fmt: skip
    done = complete(s3, bucket, begun["UploadId"], parts, ChecksumType=expected)
    value = done[f"Checksum{algorithm}"]
    assert value.endswith("-2") == (expected == "COMPOSITE")
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (value, expected)


@pytest.mark.parametrize("algorithm, kind", [("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT"),
                                             ("CRC64NVME", "COMPOSITE")])  # fmt: skip
def test_checksum_types_that_do_not_exist(s3, bucket, algorithm, kind):
    answer = refusal(begin, s3, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert answer == (400, "InvalidRequest")


def test_the_value_of_a_composite_checksum(s3, bucket):
    one, two = content(1, PART), b"last"
    name = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    parts = [send(s3, bucket, name, 1, one, ChecksumAlgorithm="SHA256"),
             send(s3, bucket, name, 2, two, ChecksumAlgorithm="SHA256")]  # fmt: skip
    expected = b64(hashlib.sha256(hashlib.sha256(one).digest() + hashlib.sha256(two).digest()).digest()) + "-2"
    assert complete(s3, bucket, name, parts)["ChecksumSHA256"] == expected


def test_the_value_of_a_full_object_checksum(s3, bucket):
    one, two = content(1, PART), b"last"
    name = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [send(s3, bucket, name, 1, one, ChecksumAlgorithm="CRC32"),
             send(s3, bucket, name, 2, two, ChecksumAlgorithm="CRC32")]  # fmt: skip
    assert complete(s3, bucket, name, parts, ChecksumType="FULL_OBJECT")["ChecksumCRC32"] == crc32(one + two)


def test_a_full_object_checksum_given_at_completion_is_held_against_the_parts(s3, bucket):
    name = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [send(s3, bucket, name, 1, b"data", ChecksumAlgorithm="CRC32")]
    wrong = refusal(complete, s3, bucket, name, parts, ChecksumType="FULL_OBJECT", ChecksumCRC32=crc32(b"other"))
    assert wrong == (400, "BadDigest")
    complete(s3, bucket, name, parts, ChecksumType="FULL_OBJECT", ChecksumCRC32=crc32(b"data"))


def test_a_part_with_a_wrong_checksum_is_not_stored(s3, bucket):
    name = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    assert refusal(send, s3, bucket, name, 1, b"data", ChecksumSHA256=sha256(b"other")) == (400, "BadDigest")
    assert "Parts" not in s3.list_parts(Bucket=bucket, Key="key", UploadId=name)


def test_a_part_checksum_named_wrongly_at_completion(s3, bucket):
    name = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    part = send(s3, bucket, name, 1, b"data", ChecksumAlgorithm="SHA256")
    wrong = part | {"ChecksumSHA256": sha256(b"other")}
    assert refusal(complete, s3, bucket, name, [wrong]) == (400, "InvalidPart")
