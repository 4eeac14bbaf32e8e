"""The changes of a bucket: long polls and server-sent events, with resume, through a restart."""

import json
import threading
import time

import pytest

from search_client import SearchClient, SearchFailed


@pytest.fixture
def client(store, bucket):
    return SearchClient(store, bucket)


@pytest.fixture
def own_client(make_store):
    """On a store that the test may kill and stop."""
    store = make_store(3).start()
    store.client().create_bucket(Bucket="bucket")
    return SearchClient(store, "bucket")


def shown(page: dict) -> list[tuple[str, str]]:
    return [(event["type"], event["key"]) for event in page["events"]]


def test_every_change_once_and_in_order(store, client):
    s3 = store.client()
    begin = client.events()
    assert begin["events"] == []
    tag = s3.put_object(Bucket=client.bucket, Key="a", Body=b"12345")["ETag"].strip('"')
    s3.put_object(Bucket=client.bucket, Key="b/c", Body=b"x" * 100_000)
    s3.copy_object(Bucket=client.bucket, Key="d", CopySource=f"{client.bucket}/a")
    s3.put_object_tagging(Bucket=client.bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object(Bucket=client.bucket, Key="a")
    s3.delete_object(Bucket=client.bucket, Key="not there")
    s3.delete_objects(Bucket=client.bucket, Delete={"Objects": [{"Key": "b/c"}, {"Key": "nor this"}, {"Key": "d"}]})
    page = client.events(after=begin["position"])
    assert shown(page) == [
        ("put", "a"), ("put", "b/c"), ("put", "d"), ("put", "a"), ("delete", "a"), ("delete", "b/c"), ("delete", "d"),
    ]  # fmt: skip
    first = page["events"][0]
    assert first["size"] == 5 and first["etag"] == tag and first["time"].startswith("20")
    assert client.events(after=page["position"])["events"] == []
    # From the position of any event on.
    assert shown(client.events(after=page["events"][2]["position"])) == shown(page)[3:]
    assert shown(client.events(after=begin["position"], prefix="b/")) == [("put", "b/c"), ("delete", "b/c")]
    # In pages.
    seen, position = [], begin["position"]
    while True:
        part = client.events(after=position, limit=2)
        if not part["events"]:
            break
        seen += shown(part)
        position = part["position"]
    assert seen == shown(page)


def test_multipart_uploads_show_when_they_are_complete(store, client):
    s3 = store.client()
    begin = client.events()["position"]
    upload = s3.create_multipart_upload(Bucket=client.bucket, Key="big")["UploadId"]
    part = s3.upload_part(Bucket=client.bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x" * 1000)
    assert client.events(after=begin)["events"] == []
    s3.complete_multipart_upload(
        Bucket=client.bucket, Key="big", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )  # fmt: skip
    events = client.events(after=begin)["events"]
    assert [(event["key"], event["size"]) for event in events] == [("big", 1000)]
    assert events[0]["etag"].endswith("-1")


def test_other_buckets_do_not_show(store, client):
    s3 = store.client()
    s3.create_bucket(Bucket="events-other")
    begin = client.events()["position"]
    s3.put_object(Bucket="events-other", Key="hidden", Body=b"")
    s3.put_object(Bucket=client.bucket, Key="seen", Body=b"")
    assert shown(client.events(after=begin)) == [("put", "seen")]


def test_a_long_poll_ends_with_the_first_change(store, client):
    begin = client.events()["position"]
    answer = {}
    waiter = threading.Thread(target=lambda: answer.update(client.events(after=begin, wait=20_000)))
    waiter.start()
    time.sleep(0.3)
    assert waiter.is_alive()
    store.client().put_object(Bucket=client.bucket, Key="a", Body=b"1")
    waiter.join(10)
    assert shown(answer) == [("put", "a")]
    # Without a change it ends by itself.
    assert client.events(after=answer["position"], wait=200)["events"] == []


def test_resume_after_kill(own_client):
    client, store = own_client, own_client.store
    s3 = store.client()
    begin = client.events()["position"]
    for number in range(20):
        s3.put_object(Bucket=client.bucket, Key=f"k{number}", Body=b"1")
    half = client.events(after=begin, limit=7)
    store.kill()
    store.start()
    s3 = store.client()
    s3.put_object(Bucket=client.bucket, Key="after", Body=b"1")
    rest = shown(client.events(after=half["position"]))
    assert shown(half) + rest == [("put", f"k{number}") for number in range(20)] + [("put", "after")]


def test_server_sent_events(store, client):
    """As the HTML standard has them: `id`, `event`, `data`, a blank line; `Last-Event-ID` resumes."""
    s3 = store.client()
    response = client.request(
        "GET", f"/{client.bucket}", {"events": ""}, headers={"Accept": "text/event-stream"}, preload_content=False
    )
    assert response.status == 200 and response.headers["content-type"] == "text/event-stream"

    def read(count: int) -> list[dict]:
        found, current = [], {}
        while len(found) < count:
            line = response.readline().decode().rstrip("\n")
            if line == "":
                if "data" in current:
                    found.append(current)
                current = {}
            elif not line.startswith(":"):
                name, value = line.split(": ", 1)
                current[name] = value
        return found

    s3.put_object(Bucket=client.bucket, Key="ä\n", Body=b"1")
    s3.delete_object(Bucket=client.bucket, Key="ä\n")
    put, delete = read(2)
    assert put["event"] == "put" and json.loads(put["data"])["key"] == "ä\n"
    assert delete["event"] == "delete" and json.loads(delete["data"])["position"] == delete["id"]
    response.close()
    resumed = client.request(
        "GET", f"/{client.bucket}", {"events": ""}, headers={"Accept": "text/event-stream", "Last-Event-ID": put["id"]},
        preload_content=False,
    )  # fmt: skip
    response = resumed
    assert read(1)[0]["event"] == "delete"
    response.close()


def test_a_stop_ends_streams(own_client):
    client, store = own_client, own_client.store
    response = client.request(
        "GET", f"/{client.bucket}", {"events": ""}, headers={"Accept": "text/event-stream"}, preload_content=False
    )
    response.readline()
    begin = time.monotonic()
    assert store.stop() == 0
    assert time.monotonic() - begin < 10
    response.close()


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"after": "x"}, 400, "InvalidArgument"),
        ({"after": "1.2-1.3"}, 400, "InvalidArgument"),
        ({"limit": "0"}, 400, "InvalidArgument"),
        ({"wait": "-1"}, 400, "InvalidArgument"),
        ({"wait": "60001"}, 400, "InvalidArgument"),
    ],
)
def test_refusals(store, client, parameters, status, code):
    with pytest.raises(SearchFailed) as failure:
        client.events(**parameters)
    assert (failure.value.status, failure.value.error["code"]) == (status, code)


def test_a_missing_bucket(store, client):
    with pytest.raises(SearchFailed) as failure:
        client.events("missing-bucket")
    assert (failure.value.status, failure.value.error["code"]) == (404, "NoSuchBucket")
