"""Conditional requests: "Conditional reads" and "Conditional writes" (conditional-requests.html), GetObject, PutObject,
DeleteObject; precedence from RFC 9110 section 13.2.2."""

import concurrent.futures
import datetime

import pytest

from steps import b64, begin, complete, exists, get, headers, md5, put, refusal, send, status

PAST = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
SOON = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=-1)
OTHER = '"00000000000000000000000000000000"'
OK, NOT_MODIFIED, FAILED = 200, 304, 412

READS = [
    ({"IfMatch": "TAG"}, OK), ({"IfMatch": OTHER}, FAILED), ({"IfMatch": "*"}, OK),
    ({"IfMatch": f"{OTHER}, TAG"}, OK), ({"IfMatch": "BARE"}, OK),
    ({"IfNoneMatch": "TAG"}, NOT_MODIFIED), ({"IfNoneMatch": OTHER}, OK), ({"IfNoneMatch": "*"}, NOT_MODIFIED),
    ({"IfNoneMatch": f"{OTHER}, TAG"}, NOT_MODIFIED),
    ({"IfModifiedSince": PAST}, OK), ({"IfModifiedSince": "MODIFIED"}, NOT_MODIFIED),
    ({"IfUnmodifiedSince": PAST}, FAILED), ({"IfUnmodifiedSince": "MODIFIED"}, OK),
    # If-Match holds: If-Unmodified-Since does not count. If-None-Match holds: If-Modified-Since does not count.
    ({"IfMatch": "TAG", "IfUnmodifiedSince": PAST}, OK), ({"IfMatch": OTHER, "IfUnmodifiedSince": "MODIFIED"}, FAILED),
    ({"IfNoneMatch": OTHER, "IfModifiedSince": "MODIFIED"}, OK),
    ({"IfNoneMatch": "TAG", "IfModifiedSince": PAST}, NOT_MODIFIED),
    ({"IfMatch": "TAG", "IfNoneMatch": "TAG"}, NOT_MODIFIED), ({"IfMatch": OTHER, "IfNoneMatch": OTHER}, FAILED),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
@pytest.mark.parametrize("conditions, expected", READS, ids=str)
def test_reads(s3, bucket, operation, conditions, expected):
    tag = put(s3, bucket, "key")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    named = {}
    for name, value in conditions.items():
        if value == "MODIFIED":
            named[name] = modified
        elif isinstance(value, str):
            named[name] = value.replace("TAG", tag).replace("BARE", tag.strip('"'))
        else:
            named[name] = value
    call = getattr(s3, operation)
    if expected == OK:
        assert status(call(Bucket=bucket, Key="key", **named)) == OK
    else:
        assert refusal(call, Bucket=bucket, Key="key", **named)[0] == expected


def test_a_range_with_a_condition_that_fails(s3, bucket):
    put(s3, bucket, "key", b"0123456789")
    assert refusal(s3.get_object, Bucket=bucket, Key="key", Range="bytes=0-1", IfMatch=OTHER)[0] == FAILED


def test_not_modified_tells_the_tag(s3, bucket):
    tag = put(s3, bucket, "key")["ETag"]
    try:
        s3.get_object(Bucket=bucket, Key="key", IfNoneMatch=tag)
    except s3.exceptions.ClientError as error:
        assert headers(error.response)["etag"] == tag
    else:
        raise AssertionError("304 was expected")


WRITES = [
    (False, {"IfNoneMatch": "*"}, None), (True, {"IfNoneMatch": "*"}, (412, "PreconditionFailed")),
    (True, {"IfMatch": "TAG"}, None), (True, {"IfMatch": OTHER}, (412, "PreconditionFailed")),
    (False, {"IfMatch": OTHER}, (404, "NoSuchKey")),
    (True, {"IfMatch": '"anything else"'}, (412, "PreconditionFailed")),
]  # fmt: skip


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("there, conditions, expected", WRITES, ids=str)
def test_put(s3, bucket, there, conditions, expected, size):
    if there:
        tag = put(s3, bucket, "key", b"old")["ETag"]
        conditions = {name: value.replace("TAG", tag) for name, value in conditions.items()}
    if expected:
        assert refusal(put, s3, bucket, "key", b"n" * size, **conditions) == expected
        assert (get(s3, bucket, "key") == b"old") if there else not exists(s3, bucket, "key")
    else:
        put(s3, bucket, "key", b"n" * size, **conditions)
        assert get(s3, bucket, "key") == b"n" * size


@pytest.mark.parametrize("there, conditions, expected", WRITES, ids=str)
def test_complete_multipart_upload(s3, bucket, there, conditions, expected):
    if there:
        tag = put(s3, bucket, "key", b"old")["ETag"]
        conditions = {name: value.replace("TAG", tag) for name, value in conditions.items()}
    upload = begin(s3, bucket)
    parts = [send(s3, bucket, upload, 1, b"new")]
    if expected:
        assert refusal(complete, s3, bucket, upload, parts, **conditions) == expected
        # The upload is still there.
        assert complete(s3, bucket, upload, parts)["ETag"]
    else:
        complete(s3, bucket, upload, parts, **conditions)
    assert get(s3, bucket, "key") == b"new"


@pytest.mark.parametrize("there, conditions, expected", [
    (True, {"IfMatch": "TAG"}, None), (True, {"IfMatch": OTHER}, (412, "PreconditionFailed")),
    (True, {"IfMatch": "*"}, None), (False, {"IfMatch": OTHER}, (404, "NoSuchKey")),
], ids=str)  # fmt: skip
def test_delete(s3, bucket, there, conditions, expected):
    if there:
        tag = put(s3, bucket, "key", b"old")["ETag"]
        conditions = {name: value.replace("TAG", tag) for name, value in conditions.items()}
    if expected:
        assert refusal(s3.delete_object, Bucket=bucket, Key="key", **conditions) == expected
        assert exists(s3, bucket, "key") == there
    else:
        s3.delete_object(Bucket=bucket, Key="key", **conditions)
        assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("name, value", [("IfNoneMatch", '"tag"'), ("IfNoneMatch", "x")])
def test_write_conditions_that_do_not_exist(s3, bucket, name, value):
    """`If-None-Match` of a write knows only `*`."""
    assert refusal(put, s3, bucket, "key", **{name: value}) == (501, "NotImplemented")
    assert not exists(s3, bucket, "key")


@pytest.mark.parametrize("size", [100, 200_000])
def test_of_many_writers_who_want_to_be_first_exactly_one_is(store, bucket, size):
    clients = [store.client() for _ in range(8)]

    def write(number: int) -> int | None:
        try:
            put(clients[number], bucket, "key", bytes([number]) * size, IfNoneMatch="*")
            return number
        except clients[number].exceptions.ClientError as error:
            assert error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict")
            return None

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(8)) if number is not None]
    assert len(winners) == 1
    assert get(clients[0], bucket, "key") == bytes(winners) * size


def test_a_counter_by_if_match_loses_no_increment(store, bucket):
    put(store.client(), bucket, "counter", b"0")

    def count(_: int) -> None:
        client = store.client()
        for _ in range(10):
            while True:
                got = client.get_object(Bucket=bucket, Key="counter")
                value = int(got["Body"].read())
                try:
                    put(client, bucket, "counter", str(value + 1).encode(), IfMatch=got["ETag"])
                    break
                except client.exceptions.ClientError as error:
                    assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert get(store.client(), bucket, "counter") == b"40"


def test_content_md5_is_a_condition_on_the_bytes(s3, bucket):
    import hashlib

    put(s3, bucket, "key", b"data", ContentMD5=b64(hashlib.md5(b"data").digest()))
    wrong = refusal(put, s3, bucket, "key", b"data", ContentMD5=b64(hashlib.md5(b"other").digest()))
    assert wrong == (400, "BadDigest")
    assert refusal(put, s3, bucket, "key", b"data", ContentMD5="nonsense") == (400, "InvalidDigest")
    assert md5(get(s3, bucket, "key")) == md5(b"data")
