"""Users and access keys: each user has its own buckets, root sees all, a key that was disabled is refused."""

import json

import boto3
import botocore.config
import pytest
import requests

from store import REGION, Store, wait_for
from test_objects import code_of


def client_of(store: Store, access: str, secret: str):
    return boto3.client(
        "s3", endpoint_url=store.endpoint, aws_access_key_id=access, aws_secret_access_key=secret, region_name=REGION,
        config=botocore.config.Config(
            retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, signature_version="s3v4"),
    )  # fmt: skip


def control(store: Store, *words: str, ok=True) -> str:
    done = store.control(*words)
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


def new_key(store: Store, user: str) -> tuple[str, str]:
    made = json.loads(control(store, "--json", "key", "add", user))
    return made["accessKey"], made["secretKey"]


@pytest.fixture(scope="module")
def users():
    store = Store(3).start()
    control(store, "user", "add", "alice", "Alice of accounting")
    control(store, "user", "add", "bob")
    yield store, client_of(store, *new_key(store, "alice")), client_of(store, *new_key(store, "bob"))
    store.close()


def test_each_has_its_own_buckets(users):
    store, alice, bob = users
    alice.create_bucket(Bucket="of-alice")
    bob.create_bucket(Bucket="of-bob")
    store.client().create_bucket(Bucket="of-root")
    alice.put_object(Bucket="of-alice", Key="key", Body=b"data")

    def names(client):
        return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]

    assert (names(alice), names(bob)) == (["of-alice"], ["of-bob"])
    assert names(store.client()) == ["of-alice", "of-bob", "of-root"]
    assert [bucket["Name"] for bucket in alice.list_buckets(MaxBuckets=1)["Buckets"]] == ["of-alice"]
    assert store.client().get_object(Bucket="of-alice", Key="key")["Body"].read() == b"data"
    assert alice.list_buckets()["Owner"]["ID"] != bob.list_buckets()["Owner"]["ID"]


@pytest.mark.parametrize("operation, named", [
    ("get_object", {"Key": "key"}), ("put_object", {"Key": "other", "Body": b""}), ("delete_object", {"Key": "key"}),
    ("list_objects_v2", {}), ("list_objects", {}), ("list_object_versions", {}), ("delete_bucket", {}),
    ("create_multipart_upload", {"Key": "k"}), ("list_multipart_uploads", {}), ("get_bucket_tagging", {}),
    ("get_object_tagging", {"Key": "key"}), ("get_object_acl", {"Key": "key"}), ("get_bucket_location", {}),
    ("delete_objects", {"Delete": {"Objects": [{"Key": "key"}]}}), ("get_bucket_policy", {}),
    ("get_object_attributes", {"Key": "key", "ObjectAttributes": ["ETag"]}),
    ("copy_object", {"Key": "copy", "CopySource": "of-bob/key"}),
])  # fmt: skip
def test_nobody_reaches_into_the_buckets_of_others(users, operation, named):
    store, alice, bob = users
    assert code_of(getattr(bob, operation), Bucket="of-alice", **named) == (403, "AccessDenied")
    assert code_of(bob.head_bucket, Bucket="of-alice")[0] == 403
    assert code_of(bob.create_bucket, Bucket="of-alice") == (409, "BucketAlreadyExists")
    assert code_of(bob.get_object, Bucket="of-nobody", Key="key") == (404, "NoSuchBucket")
    assert alice.get_object(Bucket="of-alice", Key="key")["Body"].read() == b"data"


def test_nobody_copies_out_of_the_buckets_of_others(users):
    _, _, bob = users
    denied = code_of(bob.copy_object, Bucket="of-bob", Key="stolen", CopySource="of-alice/key")
    assert denied == (403, "AccessDenied")
    upload = bob.create_multipart_upload(Bucket="of-bob", Key="stolen")["UploadId"]
    denied = code_of(bob.upload_part_copy, Bucket="of-bob", Key="stolen", UploadId=upload, PartNumber=1,
                     CopySource="of-alice/key")  # fmt: skip
    assert denied == (403, "AccessDenied")


def test_forms_and_presigned_requests_of_users(users):
    store, alice, bob = users
    made = alice.generate_presigned_post("of-alice", "form")
    assert requests.post(made["url"], data=made["fields"], files={"file": b"1"}, timeout=10).status_code == 204
    made = bob.generate_presigned_post("of-alice", "form")
    assert requests.post(made["url"], data=made["fields"], files={"file": b"2"}, timeout=10).status_code == 403
    url = bob.generate_presigned_url("get_object", {"Bucket": "of-alice", "Key": "form"})
    assert requests.get(url, timeout=10).status_code == 403


def test_users_cannot_administer(users):
    store, alice, _ = users
    access, secret = new_key(store, "alice")
    environment = {"ROOST_ACCESS_KEY": access, "ROOST_SECRET_KEY": secret}
    import subprocess

    from store import programs

    done = subprocess.run([str(programs() / "roostctl"), "--endpoint", store.admin, "status"], env=environment,
                          capture_output=True, text=True, timeout=30)  # fmt: skip
    assert done.returncode == 1 and "InvalidAccessKeyId" in done.stderr


def test_a_key_that_is_disabled_or_removed(users):
    store, _, _ = users
    access, secret = new_key(store, "alice")
    client = client_of(store, access, secret)
    client.list_buckets()
    control(store, "key", "disable", access)
    assert code_of(client.list_buckets) == (403, "InvalidAccessKeyId")
    control(store, "key", "enable", access)
    client.list_buckets()
    control(store, "user", "disable", "alice")
    assert code_of(client.list_buckets) == (403, "InvalidAccessKeyId")
    control(store, "user", "enable", "alice")
    client.list_buckets()
    control(store, "key", "remove", access)
    assert code_of(client.list_buckets) == (403, "InvalidAccessKeyId")


def test_wrong_commands(users):
    store, _, _ = users
    assert "taken" in control(store, "user", "add", "alice", ok=False)
    assert "no such user" in control(store, "key", "add", "nobody", ok=False)
    assert "has access keys" in control(store, "user", "remove", "bob", ok=False)
    assert "no such access key" in control(store, "key", "remove", "RKNONE", ok=False)
    assert "letters, digits" in control(store, "user", "add", "root", ok=False)
    assert "letters, digits" in control(store, "user", "add", "with space", ok=False)
    listed = control(store, "user", "list")
    assert "alice" in listed and "Alice of accounting" in listed and "bob" in listed


def test_users_outlive_a_crash_and_secrets_are_not_on_the_drives(users):
    store, alice, _ = users
    access, secret = new_key(store, "bob")
    store.kill()
    raw = b"".join(path.read_bytes() for drive in store.drives for path in drive.rglob("*") if path.is_file())
    assert access.encode() in raw and secret.encode() not in raw
    store.start()
    wait_for(lambda: client_of(store, access, secret).list_buckets(), 10, "an answer")
    assert [bucket["Name"] for bucket in client_of(store, access, secret).list_buckets()["Buckets"]] == ["of-bob"]
