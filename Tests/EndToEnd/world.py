"""A store with something of every kind in it, for tests that must leave it as it is."""

import base64
import hashlib
import os
import pathlib
import urllib.request

import tables
from content import content
from raw import Answer, Signature, send
from store import ACCESS_KEY, SECRET_KEY, Store, wait_for
from tables import Row
from test_uploads import fragments
from test_users import client_of, control, new_key

MIB = 1 << 20
UNSIGNED = "UNSIGNED-PAYLOAD"


class World:
    """A store with something of every kind in it, and the names that the store gave."""

    def __init__(self):
        self.store = store = Store(6).start()
        self.keys = {"root": (ACCESS_KEY, SECRET_KEY)}
        for user in ("alice", "bob"):
            control(store, "user", "add", user)
            self.keys[user] = new_key(store, user)
        control(store, "key", "disable", self.keys["bob"][0])
        self.names = self._fill()
        store.stop()
        self.fragments = fragments(store)[1]
        store.start()

    def _fill(self) -> dict[str, str]:
        s3 = self.store.client()
        for bucket in ("bucket", "bucket2"):
            s3.create_bucket(Bucket=bucket)
        tags = {"TagSet": [{"Key": "kind", "Value": "test"}]}
        s3.put_bucket_tagging(Bucket="bucket", Tagging=tags)
        tag = s3.put_object(
            Bucket="bucket", Key="key", Body=b"hello world", Metadata={"colour": "blue"}, Tagging="a=b",
            ContentType="text/plain",
        )["ETag"]  # fmt: skip
        s3.put_object(Bucket="bucket", Key="large", Body=content(1, 300_000))
        s3.put_object(Bucket="bucket", Key="empty", Body=b"")
        s3.put_object(Bucket="bucket2", Key="k", Body=b"k")

        def begin(key: str, *bodies: bytes, **named) -> tuple[str, list[str]]:
            upload = s3.create_multipart_upload(Bucket="bucket", Key=key, **named)["UploadId"]
            made = [
                s3.upload_part(Bucket="bucket", Key=key, UploadId=upload, PartNumber=number, Body=body, **named)["ETag"]
                for number, body in enumerate(bodies, 1)
            ]
            return upload, made

        for key, bodies in (("parted", (content(2, 5 * MIB), b"0123456789")), ("done", (b"first part",))):
            done, made = begin(key, *bodies)
            parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(made, 1)]
            s3.complete_multipart_upload(Bucket="bucket", Key=key, UploadId=done, MultipartUpload={"Parts": parts})
        opened, (one, two) = begin("open", b"first part", b"second part")
        onto, _ = begin("key", b"first part")
        summed, _ = begin("summed-upload", b"first part", ChecksumAlgorithm="SHA256")
        alice = client_of(self.store, *self.keys["alice"])
        alice.create_bucket(Bucket="of-alice")
        alice.put_object(Bucket="of-alice", Key="key", Body=b"of alice")
        alice.close()
        s3.close()
        return {
            "<open>": opened, "<done>": done, "<onkey>": onto, "<summed>": summed, "<tag>": tag.strip('"'),
            "<tag1>": one.strip('"'), "<tag2>": two.strip('"'),
        }  # fmt: skip

    # What must not change

    def state(self) -> dict:
        """All that the store tells of itself: buckets, versions, objects with all headers, tags and bytes, uploads,
        parts, users and keys."""
        s3 = self.store.client()
        found: dict = {"users": control(self.store, "--json", "user", "list")}
        found["keys"] = [control(self.store, "--json", "key", "list", user) for user in ("alice", "bob")]
        buckets = s3.list_buckets()["Buckets"]
        found["buckets"] = [(bucket["Name"], bucket["CreationDate"]) for bucket in buckets]
        for name, _ in found["buckets"]:
            found[name] = self._bucket(s3, name)
        s3.close()
        return found

    @staticmethod
    def _bucket(s3, bucket: str) -> dict:
        def plain(answer: dict, *without: str) -> dict:
            named = {name: value for name, value in answer.items() if name not in ("ResponseMetadata", "Body", *without)}
            headers = answer["ResponseMetadata"]["HTTPHeaders"]
            return named | {"headers": {k: v for k, v in headers.items() if k not in ("date", "x-amz-request-id")}}

        versions = s3.list_object_versions(Bucket=bucket)
        uploads = s3.list_multipart_uploads(Bucket=bucket)
        found: dict = {"versions": plain(versions), "uploads": plain(uploads)}
        found["list"] = plain(s3.list_objects_v2(Bucket=bucket, FetchOwner=True))
        if bucket == "bucket":
            found["tags"] = plain(s3.get_bucket_tagging(Bucket=bucket))
        for version in versions.get("Versions", []):
            named = {"Bucket": bucket, "Key": version["Key"]}
            got = s3.get_object(**named, ChecksumMode="ENABLED")
            found[version["Key"]] = (
                plain(got), hashlib.sha256(got["Body"].read()).hexdigest(), plain(s3.get_object_tagging(**named)),
                plain(s3.get_object_attributes(**named, ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize"])),
            )  # fmt: skip
        for upload in uploads.get("Uploads", []):
            named = {"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
            found[upload["UploadId"]] = plain(s3.list_parts(**named))
        return found

    def gauges(self) -> dict[str, float]:
        with urllib.request.urlopen(self.store.admin + "/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#") and "{" not in line)
        names = ("memory_budget_used_bytes", "requests_under_way", "connections", "repair_queue")
        return {name: float(samples[f"roost_{name}"]) for name in names}

    def process(self) -> dict[str, int]:
        """Resident bytes and open sockets of the server."""
        folder = pathlib.Path("/proc") / str(self.store.process.pid)
        line = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS:"))
        sockets = [path for path in (folder / "fd").iterdir() if os.readlink(path).startswith("socket:")]
        return {"resident": int(line.split()[1]) << 10, "sockets": len(sockets)}

    def comes_to_rest(self) -> None:
        """No memory reserved, no request under way, no connection but the one that asks, no socket that nobody counts."""
        rest = {"memory_budget_used_bytes": 0, "requests_under_way": 0, "connections": 1, "repair_queue": 0}
        wait_for(lambda: self.gauges() == rest, 10, f"rest; the store is at {self.gauges()}")

    # Requests

    def fill_in(self, text: str) -> str:
        text = tables.expand(text)
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text

    def send(self, row: Row) -> Answer:
        """The row's request with a correct signature. A body that is only announced is not sent."""
        method, target = self.fill_in(row.request).split(" ", 1)
        path, _, query = target.partition("?")
        body = self.fill_in(row.document or "").encode()
        headers = {"host": f"127.0.0.1:{self.store.s3_port}", "connection": "close"}
        headers |= {name: self.fill_in(value) for name, value in row.headers.items()}
        payload = headers.pop("x-amz-content-sha256", UNSIGNED)
        if row.document is not None:
            headers.setdefault("content-length", str(len(body)))
            headers.setdefault("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode())
            if payload == UNSIGNED:
                payload = hashlib.sha256(body).hexdigest()
        elif headers.get("transfer-encoding") == "chunked":
            body = b"0\r\n\r\n"
        if not (method == "POST" and "?" not in target and path.count("/") == 1):  # A form is signed by its fields.
            access, secret = self.keys[row.user]
            pieces = sorted(piece.partition("=")[::2] for piece in query.split("&")) if query else []
            canonical = "&".join(f"{name}={value}" for name, value in pieces)
            headers = Signature(secret, access=access).head(method, path, canonical, headers, payload)
        return send(self.store, method, target, headers, body)


def complaint(row: Row, answer: Answer) -> str | None:
    """What is wrong with the answer, if something is."""
    expected, _, code = row.answer.partition(" ")
    if row.request.startswith("HEAD"):
        code = ""  # The answer has no body.
    if str(answer.status) != expected or (code and answer.code != code):
        given = f"{answer.status} {answer.code}"
        return f"{row}: {given} {answer.body[:300]!r}"
    if answer.status != 304 and not answer.headers.get("x-amz-request-id"):
        return f"{row}: no request ID"
    if row.message and f"<Message>{row.message}</Message>" not in answer.body.decode().replace("&apos;", "'"):
        return f"{row}: {answer.body[:300]!r}"
    return None
