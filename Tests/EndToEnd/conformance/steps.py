"""What the conformance tests share: small words for long calls."""

import base64
import contextlib
import hashlib
import zlib

import pytest
from botocore.exceptions import ClientError

MIB = 1 << 20
PART = 5 * MIB


def refusal(call, *arguments, **named) -> tuple[int, str]:
    """Status and code of a call that must be refused. A HEAD has no body: botocore shows its status as the code."""
    with pytest.raises(ClientError) as raised:
        call(*arguments, **named)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def status(answer: dict) -> int:
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def headers(answer: dict) -> dict[str, str]:
    return answer["ResponseMetadata"]["HTTPHeaders"]


def put(s3, bucket: str, key: str, data: bytes = b"data", **named) -> dict:
    return s3.put_object(Bucket=bucket, Key=key, Body=data, **named)


def get(s3, bucket: str, key: str, **named) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key, **named)["Body"].read()


def exists(s3, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
        return True
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        return False


def keys(answer: dict) -> list[str]:
    return [entry["Key"] for entry in answer.get("Contents", [])]


def prefixes(answer: dict) -> list[str]:
    return [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])]


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def multipart_tag(*parts: bytes) -> str:
    """MD5 of the parts' MD5s, and their number."""
    whole = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    return f'"{whole}-{len(parts)}"'


def begin(s3, bucket: str, key: str = "key", **named) -> str:
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **named)["UploadId"]


def send(s3, bucket: str, upload: str, number: int, data: bytes, key: str = "key", **named) -> dict:
    """The part as CompleteMultipartUpload names it."""
    answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data, **named)
    part = {"PartNumber": number, "ETag": answer["ETag"]}
    part |= {name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"}
    return part


def complete(s3, bucket: str, upload: str, parts: list[dict], key: str = "key", **named) -> dict:
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **named)  # fmt: skip


def upload(s3, bucket: str, *contents: bytes, key: str = "key", **named) -> dict:
    """A whole multipart upload."""
    name = begin(s3, bucket, key, **named)
    return complete(s3, bucket, name, [send(s3, bucket, name, n, data, key) for n, data in enumerate(contents, 1)], key)


@contextlib.contextmanager
def extra_headers(s3, operation: str, values: dict[str, str]):
    """Headers that botocore has no parameter for, on one operation."""

    def add(request, **_):
        for name, value in values.items():
            del request.headers[name]
            request.headers[name] = value

    s3.meta.events.register(f"before-sign.s3.{operation}", add)
    try:
        yield
    finally:
        s3.meta.events.unregister(f"before-sign.s3.{operation}", add)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def crc32(data: bytes) -> str:
    return b64(zlib.crc32(data).to_bytes(4, "big"))


def sha1(data: bytes) -> str:
    return b64(hashlib.sha1(data).digest())


def sha256(data: bytes) -> str:
    return b64(hashlib.sha256(data).digest())
