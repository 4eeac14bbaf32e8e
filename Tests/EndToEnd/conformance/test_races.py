"""Requests at the same moment: conditions are decided where the change is made, and parts are replaced as wholes
(conditional-writes.html, API_UploadPart.html)."""

import concurrent.futures
import hashlib

import pytest
from botocore.exceptions import ClientError

from content import content
from steps import begin, complete, get, md5, multipart_tag, put, send

CLIENTS = 12


def at_once(store, action) -> list:
    """What `action(client, number)` returns for each client, or its status and code."""

    def run(number: int):
        client = store.client()
        try:
            return action(client, number)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        finally:
            client.close()

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


LOST = {(412, "PreconditionFailed"), (409, "ConditionalRequestConflict")}


@pytest.mark.parametrize("size", [100, 200_000])
def test_of_many_copies_one_is_first(store, s3, bucket, size):
    for number in range(CLIENTS):
        put(s3, bucket, f"source{number}", content(number, size))
    outcomes = at_once(store, lambda client, number: client.copy_object(
        Bucket=bucket, Key="key", CopySource=f"{bucket}/source{number}", IfNoneMatch="*"))  # fmt: skip
    [winner] = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, dict)]
    assert {outcome for outcome in outcomes if isinstance(outcome, tuple)} <= LOST
    assert get(s3, bucket, "key") == content(winner, size)


def test_of_many_completions_one_is_first(store, s3, bucket):
    uploads = [begin(s3, bucket) for _ in range(CLIENTS)]
    parts = [send(s3, bucket, name, 1, content(number, 50_000)) for number, name in enumerate(uploads)]
    outcomes = at_once(store, lambda client, number: complete(
        client, bucket, uploads[number], [parts[number]], IfNoneMatch="*"))  # fmt: skip
    [winner] = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, dict)]
    assert {outcome for outcome in outcomes if isinstance(outcome, tuple)} <= LOST
    assert get(s3, bucket, "key") == content(winner, 50_000)
    # Those who lost keep their uploads.
    left = {entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]}
    assert left == {name for number, name in enumerate(uploads) if number != winner}


@pytest.mark.parametrize("many", [False, True], ids=["DeleteObject", "DeleteObjects"])
def test_a_delete_on_condition_never_takes_a_newer_object(store, s3, bucket, many):
    """Everybody replaces what is there and deletes, on condition, what they themselves have written."""

    def action(client, number: int):
        tag = put(client, bucket, "key", content(number, 100))["ETag"]
        if many:
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key", "ETag": tag}]})
            return "Errors" not in answer
        try:
            client.delete_object(Bucket=bucket, Key="key", IfMatch=tag)
            return True
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict")
            return False

    outcomes = at_once(store, action)
    assert all(isinstance(outcome, bool) for outcome in outcomes), outcomes
    # The last writer's object is there unless its own delete took it.
    try:
        last = get(s3, bucket, "key")
        assert not outcomes[[content(number, 100) for number in range(CLIENTS)].index(last)]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchKey"


def test_a_part_is_replaced_while_it_is_uploaded(store, s3, bucket):
    """Of many that send one part number at the same moment one is the part, whole."""
    name = begin(s3, bucket)
    bodies = [content(number, 3_000_000 + number) for number in range(CLIENTS)]
    at_once(store, lambda client, number: send(client, bucket, name, 1, bodies[number]))
    [part] = s3.list_parts(Bucket=bucket, Key="key", UploadId=name)["Parts"]
    winner = [md5(body) for body in bodies].index(part["ETag"].strip('"'))
    assert part["Size"] == len(bodies[winner])
    complete(s3, bucket, name, [{"PartNumber": 1, "ETag": part["ETag"]}])
    assert get(s3, bucket, "key") == bodies[winner]


def test_a_completion_while_its_part_is_replaced(store, s3, bucket):
    """The object is of the parts that the completion names, or the completion is refused: never of another part."""
    for _ in range(5):
        name = begin(s3, bucket)
        old = send(s3, bucket, name, 1, b"old" * 10_000)
        new = b"new" * 10_000

        def action(client, number: int):
            if number == 0:
                return complete(client, bucket, name, [old])
            return send(client, bucket, name, 1, new)

        outcome = at_once(store, action)[0]
        if isinstance(outcome, dict):
            assert outcome["ETag"] == multipart_tag(b"old" * 10_000)
            assert hashlib.md5(get(s3, bucket, "key")).digest() == hashlib.md5(b"old" * 10_000).digest()
        else:
            assert outcome in [(400, "InvalidPart"), (409, "OperationAborted")]
            s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=name)


def test_reading_while_it_is_overwritten(store, s3, bucket):
    """Each answer is one version, whole."""
    versions = {md5(content(number, 400_000)): content(number, 400_000) for number in range(CLIENTS)}
    put(s3, bucket, "key", content(0, 400_000))

    def action(client, number: int):
        for _ in range(10):
            put(client, bucket, "key", content(number, 400_000))
            got = client.get_object(Bucket=bucket, Key="key")
            assert got["Body"].read() == versions[got["ETag"].strip('"')]
        return True

    assert at_once(store, action) == [True] * CLIENTS
