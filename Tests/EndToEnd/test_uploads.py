"""Multipart uploads as clients do them. Rules: API_CreateMultipartUpload, UploadPart, CompleteMultipartUpload, ListParts."""

import base64
import concurrent.futures
import hashlib
import time
import zlib

import boto3.s3.transfer
import botocore.exceptions
import pytest

from content import content

MIB = 1 << 20


def code(call, *arguments, **named):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def upload(s3, bucket, key, bodies, numbers=None, **arguments):
    """Uploads bodies as parts; returns (upload ID, list for Complete)."""
    identifier = s3.create_multipart_upload(Bucket=bucket, Key=key, **arguments)["UploadId"]
    listed = []
    for number, body in zip(numbers or range(1, len(bodies) + 1), bodies):
        named = {"ChecksumAlgorithm": arguments["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in arguments else {}
        answer = s3.upload_part(
            Bucket=bucket, Key=key, UploadId=identifier, PartNumber=number, Body=body, **named
        )
        part = {"PartNumber": number, "ETag": answer["ETag"]}
        part |= {name: value for name, value in answer.items() if name.startswith("Checksum")}
        listed.append(part)
    return identifier, listed


def complete(s3, bucket, key, identifier, listed, **arguments):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=identifier, MultipartUpload={"Parts": listed}, **arguments
    )


def tag_of(bodies):
    digests = b"".join(hashlib.md5(body).digest() for body in bodies)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(bodies)}"'


@pytest.fixture(scope="module")
def parts():
    return [content(1, 5 * MIB), content(2, 9 * MIB + 17), content(3, 6 * MIB), content(4, 1234)]


@pytest.fixture(scope="module")
def parted(s3, parts):
    """An object of four parts that nobody changes."""
    s3.create_bucket(Bucket="parted")
    identifier, listed = upload(
        s3, "parted", "a/ü b", parts, Metadata={"colour": "blue"}, ContentType="text/plain", Tagging="k=v&l=w",
        ChecksumAlgorithm="CRC32",
    )  # fmt: skip
    answer = complete(s3, "parted", "a/ü b", identifier, listed)
    assert answer["ETag"] == tag_of(parts)
    return "parted", "a/ü b", b"".join(parts), identifier, listed


def test_whole(s3, parted, parts):
    bucket, key, data, _, _ = parted
    answer = s3.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    assert answer["Body"].read() == data
    assert answer["ETag"] == tag_of(parts)
    assert answer["Metadata"] == {"colour": "blue"} and answer["ContentType"] == "text/plain"
    assert answer["TagCount"] == 2
    assert answer["ChecksumType"] == "COMPOSITE" and answer["ChecksumCRC32"].endswith("-4")
    sums = b"".join(zlib.crc32(body).to_bytes(4, "big") for body in parts)
    assert answer["ChecksumCRC32"] == base64.b64encode(zlib.crc32(sums).to_bytes(4, "big")).decode() + "-4"


@pytest.mark.parametrize("first, last", [
    (0, 0), (5 * MIB - 1, 5 * MIB), (5 * MIB, 5 * MIB + 99), (100, 14 * MIB + 16), (14 * MIB + 10, 14 * MIB + 30),
    (20 * MIB + 16, 20 * MIB + 17), (20 * MIB + 17, 1 << 40), (3 * MIB, 19 * MIB),
])  # fmt: skip
def test_ranges(s3, parted, first, last):
    bucket, key, data, _, _ = parted
    answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{last}")
    assert answer["Body"].read() == data[first : last + 1]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_suffix(s3, parted):
    bucket, key, data, _, _ = parted
    assert s3.get_object(Bucket=bucket, Key=key, Range="bytes=-2000")["Body"].read() == data[-2000:]


def test_by_part_number(s3, parted, parts):
    bucket, key, data, _, _ = parted
    start = 0
    for number, body in enumerate(parts, 1):
        answer = s3.get_object(Bucket=bucket, Key=key, PartNumber=number, ChecksumMode="ENABLED")
        assert answer["Body"].read() == body
        assert answer["PartsCount"] == len(parts)
        assert answer["ContentRange"] == f"bytes {start}-{start + len(body) - 1}/{len(data)}"
        assert answer["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        head = s3.head_object(Bucket=bucket, Key=key, PartNumber=number)
        assert head["ContentLength"] == len(body) and head["PartsCount"] == len(parts)
        start += len(body)
    assert code(s3.get_object, Bucket=bucket, Key=key, PartNumber=5) == ("InvalidPartNumber", 416)


def test_part_number_of_a_single_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc")
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=1)["Body"].read() == b"abc"
    assert code(s3.get_object, Bucket=bucket, Key="k", PartNumber=2) == ("InvalidPartNumber", 416)


def test_repeated_complete(s3, bucket, parts):
    identifier, listed = upload(s3, bucket, "k", parts[:2])
    first = complete(s3, bucket, "k", identifier, listed)
    assert complete(s3, bucket, "k", identifier, listed)["ETag"] == first["ETag"]
    # Also once the object is another; and it stays that.
    s3.put_object(Bucket=bucket, Key="k", Body=b"other")
    assert complete(s3, bucket, "k", identifier, listed)["ETag"] == first["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"other"
    assert code(complete, s3, bucket, "k", identifier, listed[:1])[0] == "NoSuchUpload"
    assert code(s3.list_parts, Bucket=bucket, Key="k", UploadId=identifier) == ("NoSuchUpload", 404)
    assert code(s3.upload_part, Bucket=bucket, Key="k", UploadId=identifier, PartNumber=1, Body=b"") == ("NoSuchUpload", 404)


def test_replaced_and_unused_parts(s3, bucket, parts):
    identifier, listed = upload(s3, bucket, "k", [parts[0], parts[1], parts[2]], numbers=[3, 7, 10_000])
    again = s3.upload_part(Bucket=bucket, Key="k", UploadId=identifier, PartNumber=3, Body=parts[2])
    old = listed[0]
    listed[0] = {"PartNumber": 3, "ETag": again["ETag"]}
    assert code(complete, s3, bucket, "k", identifier, [old, listed[1]]) == ("InvalidPart", 400)
    answer = complete(s3, bucket, "k", identifier, [listed[0], listed[2]])
    assert answer["ETag"] == tag_of([parts[2], parts[2]])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == parts[2] * 2
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=10_000)["Body"].read() == parts[2]
    assert code(s3.get_object, Bucket=bucket, Key="k", PartNumber=7)[0] == "InvalidPartNumber"


def test_refused_lists(s3, bucket, parts):
    identifier, listed = upload(s3, bucket, "k", [parts[0], parts[3], parts[0]])
    refuse = lambda chosen: code(complete, s3, bucket, "k", identifier, chosen)
    assert refuse([listed[2], listed[0]]) == ("InvalidPartOrder", 400)
    assert refuse([listed[0], listed[0]]) == ("InvalidPartOrder", 400)
    assert refuse(listed) == ("EntityTooSmall", 400)
    assert refuse([listed[0], {"PartNumber": 9, "ETag": listed[0]["ETag"]}]) == ("InvalidPart", 400)
    assert refuse([]) == ("MalformedXML", 400)
    assert code(
        complete, s3, bucket, "k", identifier, listed[:2], MpuObjectSize=17
    )[0] == "InvalidRequest"
    assert code(s3.head_object, Bucket=bucket, Key="k")[1] == 404
    # Nothing of that did the upload harm.
    assert complete(s3, bucket, "k", identifier, listed[:2], MpuObjectSize=5 * MIB + 1234)["ETag"] == tag_of(
        [parts[0], parts[3]]
    )


@pytest.mark.parametrize("arguments, name, kind", [
    ({"ChecksumAlgorithm": "CRC32"}, "ChecksumCRC32", "COMPOSITE"),
    ({"ChecksumAlgorithm": "CRC32C"}, "ChecksumCRC32C", "COMPOSITE"),
    ({"ChecksumAlgorithm": "SHA1"}, "ChecksumSHA1", "COMPOSITE"),
    ({"ChecksumAlgorithm": "SHA256"}, "ChecksumSHA256", "COMPOSITE"),
    ({"ChecksumAlgorithm": "CRC64NVME"}, "ChecksumCRC64NVME", "FULL_OBJECT"),
    ({"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}, "ChecksumCRC32", "FULL_OBJECT"),
])  # fmt: skip
def test_checksums(s3, bucket, parts, arguments, name, kind):
    identifier, listed = upload(s3, bucket, "k", parts[:2] + parts[3:], **arguments)
    assert all(name in part for part in listed)
    named = {"ChecksumType": arguments["ChecksumType"]} if "ChecksumType" in arguments else {}
    answer = complete(s3, bucket, "k", identifier, listed, **named)
    assert answer["ChecksumType"] == kind
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    data = got["Body"].read()
    assert data == b"".join(parts[:2] + parts[3:])
    assert got[name] == answer[name] and got["ChecksumType"] == kind
    if name == "ChecksumCRC32" and kind == "FULL_OBJECT":
        assert got[name] == base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def test_no_checksum_declared(s3, bucket, parts):
    """Parts may bring any checksum then; the object gets a CRC64NVME of all its bytes."""
    identifier, listed = upload(s3, bucket, "k", parts[:1] + parts[3:])
    assert "ChecksumAlgorithm" not in s3.list_parts(Bucket=bucket, Key="k", UploadId=identifier)
    answer = complete(s3, bucket, "k", identifier, listed)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == parts[0] + parts[3]
    assert got["ChecksumType"] == "FULL_OBJECT" and got["ChecksumCRC64NVME"] == answer["ChecksumCRC64NVME"]
    s3.put_object(Bucket=bucket, Key="same", Body=parts[0] + parts[3], ChecksumAlgorithm="CRC64NVME")
    same = s3.head_object(Bucket=bucket, Key="same", ChecksumMode="ENABLED")
    assert same["ChecksumCRC64NVME"] == got["ChecksumCRC64NVME"]


def test_wrong_checksum_of_the_whole(s3, bucket, parts):
    identifier, listed = upload(s3, bucket, "k", parts[:1], ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    wrong = base64.b64encode(b"1234").decode()
    assert code(
        complete, s3, bucket, "k", identifier, listed, ChecksumType="FULL_OBJECT", ChecksumCRC32=wrong
    ) == ("BadDigest", 400)
    assert code(s3.head_object, Bucket=bucket, Key="k")[1] == 404


def test_another_checksum_than_the_uploads(s3, bucket):
    identifier = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    part = {"Bucket": bucket, "Key": "k", "UploadId": identifier, "PartNumber": 1, "Body": b"abc"}
    assert code(s3.upload_part, **part, ChecksumAlgorithm="CRC32C") == ("InvalidRequest", 400)


def test_empty_and_small(s3, bucket):
    identifier, listed = upload(s3, bucket, "empty", [b""])
    complete(s3, bucket, "empty", identifier, listed)
    got = s3.get_object(Bucket=bucket, Key="empty")
    assert got["Body"].read() == b"" and got["ETag"] == tag_of([b""])
    assert s3.get_object(Bucket=bucket, Key="empty", PartNumber=1)["Body"].read() == b""
    identifier, listed = upload(s3, bucket, "small", [b"x"])
    complete(s3, bucket, "small", identifier, listed)
    assert s3.get_object(Bucket=bucket, Key="small")["Body"].read() == b"x"
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][1]["Size"] == 1


def test_conditions(s3, bucket, parts):
    identifier, listed = upload(s3, bucket, "k", parts[:1])
    s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    tag = s3.head_object(Bucket=bucket, Key="k")["ETag"]
    assert code(complete, s3, bucket, "k", identifier, listed, IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert code(complete, s3, bucket, "k", identifier, listed, IfMatch='"0123"') == ("PreconditionFailed", 412)
    complete(s3, bucket, "k", identifier, listed, IfMatch=tag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == parts[0]


def test_abort(s3, bucket, parts):
    identifier, listed = upload(s3, bucket, "k", parts[:1])
    assert code(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=identifier)
    assert code(s3.abort_multipart_upload, Bucket=bucket, Key="k", UploadId=identifier) == ("NoSuchUpload", 404)
    assert code(complete, s3, bucket, "k", identifier, listed) == ("NoSuchUpload", 404)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    for unknown in ["nonsense", "00000000-0000-0000-0000-000000000000"]:
        assert code(s3.abort_multipart_upload, Bucket=bucket, Key="k", UploadId=unknown) == ("NoSuchUpload", 404)
    s3.delete_bucket(Bucket=bucket)


def test_list_parts(s3, bucket):
    bodies = [f"part {number}".encode() for number in range(25)]
    identifier, listed = upload(s3, bucket, "k", bodies, numbers=range(1, 50, 2), ChecksumAlgorithm="SHA256")
    found, marker = [], 0
    while True:
        page = s3.list_parts(Bucket=bucket, Key="k", UploadId=identifier, MaxParts=7, PartNumberMarker=marker)
        assert page["ChecksumAlgorithm"] == "SHA256" and page["StorageClass"] == "STANDARD"
        found += page["Parts"]
        if not page["IsTruncated"]:
            break
        assert len(page["Parts"]) == 7
        marker = page["NextPartNumberMarker"]
    assert [part["PartNumber"] for part in found] == list(range(1, 50, 2))
    assert [part["Size"] for part in found] == [len(body) for body in bodies]
    assert [part["ETag"] for part in found] == [part["ETag"] for part in listed]
    assert [part["ChecksumSHA256"] for part in found] == [part["ChecksumSHA256"] for part in listed]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=identifier)


def test_list_uploads(s3, bucket):
    keys = ["a", "a", "a/1", "a/2", "b/1", "b/1", "c", "ü"]
    made = [(key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]) for key in keys]

    def pages(**arguments):
        uploads, prefixes, markers = [], [], {}
        while True:
            page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=2, **arguments, **markers)
            uploads += [(item["Key"], item["UploadId"]) for item in page.get("Uploads", [])]
            prefixes += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
            assert len(page.get("Uploads", [])) + len(page.get("CommonPrefixes", [])) <= 2
            if not page["IsTruncated"]:
                return uploads, prefixes
            markers = {"KeyMarker": page["NextKeyMarker"]}
            if page.get("NextUploadIdMarker"):
                markers["UploadIdMarker"] = page["NextUploadIdMarker"]

    assert pages() == (made, [])
    assert pages(Delimiter="/") == ([item for item in made if "/" not in item[0]], ["a/", "b/"])
    assert pages(Prefix="a/") == (made[2:4], [])
    for key, identifier in made:
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=identifier)


def test_transfer(s3, bucket, tmp_path):
    """What `upload_file` and `download_file` do: parts side by side."""
    data = content(9, 70 * MIB + 3)
    (tmp_path / "up").write_bytes(data)
    config = boto3.s3.transfer.TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=6)
    s3.upload_file(str(tmp_path / "up"), bucket, "big", Config=config)
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-9"')
    s3.download_file(bucket, "big", str(tmp_path / "down"), Config=config)
    assert (tmp_path / "down").read_bytes() == data


def test_racing_completes(s3, bucket, parts):
    """Two uploads of one key, each only if there is none: exactly one is stored."""
    uploads = [upload(s3, bucket, "k", [parts[index]]) for index in (0, 2)]

    def finish(index):
        try:
            complete(s3, bucket, "k", *uploads[index], IfNoneMatch="*")
            return "stored"
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(finish, range(2)))
    assert sorted(outcomes) == ["PreconditionFailed", "stored"]
    winner = outcomes.index("stored")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == parts[(0, 2)[winner]]


def test_attributes(s3, parted, parts):
    bucket, key, data, _, _ = parted
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    answer = s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=wanted, MaxParts=3)
    assert answer["ETag"] == tag_of(parts).strip('"') and answer["ObjectSize"] == len(data)
    assert answer["ObjectParts"]["TotalPartsCount"] == 4 and answer["ObjectParts"]["IsTruncated"]
    rest = s3.get_object_attributes(
        Bucket=bucket, Key=key, ObjectAttributes=wanted, MaxParts=3,
        PartNumberMarker=answer["ObjectParts"]["NextPartNumberMarker"],
    )  # fmt: skip
    assert not rest["ObjectParts"]["IsTruncated"]
    sizes = [part["Size"] for part in answer["ObjectParts"]["Parts"] + rest["ObjectParts"]["Parts"]]
    assert sizes == [len(body) for body in parts]


def test_through_crashes_and_lost_drives(make_store, parts):
    """An upload goes on after kill -9; what it made is there after another, also with two drives of six away."""
    store = make_store(6).start()
    s3 = store.client()
    s3.create_bucket(Bucket="bucket")
    identifier, listed = upload(s3, "bucket", "k", parts[:2])
    store.kill()
    store.start()
    s3 = store.client()
    found = s3.list_parts(Bucket="bucket", Key="k", UploadId=identifier)["Parts"]
    assert [part["ETag"] for part in found] == [part["ETag"] for part in listed]
    last = s3.upload_part(Bucket="bucket", Key="k", UploadId=identifier, PartNumber=3, Body=parts[3])
    listed.append({"PartNumber": 3, "ETag": last["ETag"]})
    first = complete(s3, "bucket", "k", identifier, listed)
    store.kill()
    store.take_away(2, 5)
    store.start()
    s3 = store.client()
    assert complete(s3, "bucket", "k", identifier, listed)["ETag"] == first["ETag"]
    data = parts[0] + parts[1] + parts[3]
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == data
    assert s3.get_object(Bucket="bucket", Key="k", PartNumber=2)["Body"].read() == parts[1]
    s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/k")
    assert s3.get_object(Bucket="bucket", Key="copy")["Body"].read() == data


def fragments(store):
    """(stored, of these without a tombstone) on all drives of a store that is stopped: Sources/README.md, "Volumes"."""
    stored, gone = set(), set()
    for drive in store.drives:
        for volume in (drive / "volumes").glob("*.vol"):
            data = volume.read_bytes()
            magic = b"RSTFRAG1" + data[56:64]
            place = data.find(magic)
            while place >= 0:
                identity, kind = (drive.name, data[place + 16 : place + 37]), data[place + 39]
                (stored if kind == 1 else gone).add(identity)
                place = data.find(magic, place + 8)
    return len(stored), len(stored - gone)


def test_nothing_is_left(make_store):
    """Aborted, replaced, unused, overwritten and deleted parts leave nothing on the drives."""
    store = make_store(6, ["--garbage-delay-seconds", "0"]).start()
    s3 = store.client()
    s3.create_bucket(Bucket="bucket")
    bodies = [content(1, 5 * MIB), content(2, 5 * MIB)]
    identifier, _ = upload(s3, "bucket", "aborted", bodies)
    s3.abort_multipart_upload(Bucket="bucket", Key="aborted", UploadId=identifier)
    for _ in range(2):
        identifier, listed = upload(s3, "bucket", "k", bodies + bodies, numbers=[1, 2, 1, 5])
        complete(s3, "bucket", "k", identifier, listed[2:3])
    s3.delete_object(Bucket="bucket", Key="k")
    s3.delete_bucket(Bucket="bucket")
    time.sleep(3)
    store.stop()
    assert fragments(store) == (6 * (2 + 4 + 4), 0)
