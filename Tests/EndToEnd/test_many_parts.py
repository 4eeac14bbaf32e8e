"""An upload of 10,000 parts, the most that there may be (qfacts.html): small ones, which the setting minimumPartBytes
allows."""

import concurrent.futures
import hashlib
import itertools
import pathlib
import random
import subprocess
import time

import botocore.exceptions
import pytest

from content import content
from store import Store, programs

MIB = 1 << 20
PARTS = 10_000
DATA = content(10_000, 100_000)
KEY = "many/parts"


def body(number: int) -> bytes:
    """No two are alike, and few have the same length."""
    return DATA[number : number + 16_000 + number % 1000]


STARTS = [0, *itertools.accumulate(len(body(number)) for number in range(1, PARTS + 1))]


def expected(first: int, last: int) -> bytes:
    """The object's bytes from `first` to `last`."""
    number = next(number for number in range(1, PARTS + 1) if STARTS[number] > first)
    found, start = b"", STARTS[number - 1]
    while start + len(found) <= last:
        found += body(number)
        number += 1
    return found[first - start : last + 1 - start]


class Peak:
    """The peak of the server's resident memory while the block ran, above what it was at its beginning."""

    def __init__(self, store):
        self.folder = pathlib.Path("/proc") / str(store.process.pid)

    def _bytes(self, name: str) -> int:
        lines = (self.folder / "status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) << 10

    def __enter__(self):
        (self.folder / "clear_refs").write_text("5")
        self.before = self._bytes("VmRSS:")
        return self

    def __exit__(self, *_):
        self.growth = self._bytes("VmHWM:") - self.before


@pytest.fixture(scope="module")
def uploaded():
    store = Store(6, settings=["--minimum-part-bytes", "16000"]).start()
    s3 = store.client(max_pool_connections=16)
    s3.create_bucket(Bucket="bucket")
    named = {"Bucket": "bucket", "Key": KEY}
    named["UploadId"] = s3.create_multipart_upload(**named)["UploadId"]

    def send(number: int) -> dict:
        return {"PartNumber": number, "ETag": s3.upload_part(**named, PartNumber=number, Body=body(number))["ETag"]}

    begin = time.monotonic()
    with Peak(store) as peak, concurrent.futures.ThreadPoolExecutor(16) as pool:
        parts = list(pool.map(send, range(1, PARTS + 1)))
    print(f"{PARTS} parts in {time.monotonic() - begin:.1f} s, {peak.growth / MIB:.1f} MiB more resident memory")
    assert peak.growth < 200 * MIB
    yield store, s3, named, parts
    store.close()


def pages(call, marker: str, next_marker: str, named: dict):
    answer = call(**named)
    while True:
        yield answer
        if not answer["IsTruncated"]:
            return
        answer = call(**named | {marker: answer[next_marker]})


def test_they_are_listed_by_pages(uploaded):
    store, s3, named, parts = uploaded
    with Peak(store) as peak:
        found = list(pages(s3.list_parts, "PartNumberMarker", "NextPartNumberMarker", named))
    print(f"ListParts: {peak.growth / MIB:.1f} MiB")
    assert peak.growth < 32 * MIB
    assert [len(page["Parts"]) for page in found] == [1000] * 10
    listed = [part for page in found for part in page["Parts"]]
    assert [(part["PartNumber"], part["ETag"]) for part in listed] == [tuple(part.values()) for part in parts]
    assert [part["Size"] for part in listed] == [len(body(number)) for number in range(1, PARTS + 1)]
    some = s3.list_parts(**named, PartNumberMarker=9_990, MaxParts=5)
    assert [part["PartNumber"] for part in some["Parts"]] == [9_991, 9_992, 9_993, 9_994, 9_995]


def test_they_become_one_object(uploaded):
    store, s3, named, parts = uploaded
    list_of_parts = {"MultipartUpload": {"Parts": parts}}
    wrong = {"MultipartUpload": {"Parts": [*parts[:-1], parts[-1] | {"ETag": parts[0]["ETag"]}]}}
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidPart"):
        s3.complete_multipart_upload(**named, **wrong)
    begin = time.monotonic()
    with Peak(store) as peak:
        done = s3.complete_multipart_upload(**named, **list_of_parts)
    print(f"Complete: {time.monotonic() - begin:.2f} s, {peak.growth / MIB:.1f} MiB")
    assert peak.growth < 64 * MIB
    digests = b"".join(hashlib.md5(body(number)).digest() for number in range(1, PARTS + 1))
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-10000"'
    assert s3.complete_multipart_upload(**named, **list_of_parts)["ETag"] == done["ETag"]
    head = s3.head_object(Bucket="bucket", Key=KEY)
    assert (head["ContentLength"], head["ETag"]) == (STARTS[-1], done["ETag"])


@pytest.mark.parametrize("end", [None, "stop", "kill"])
def test_it_is_read_by_part_and_range(uploaded, end):
    """Also after a restart, and after a kill."""
    store, s3, _, _ = uploaded
    if end:
        getattr(store, end)()
        store.start()
    named = {"Bucket": "bucket", "Key": KEY}
    with Peak(store) as peak:
        # Rows of a part table hold 500 parts: the first and last of some of them.
        for number in (1, 2, 500, 501, 1000, 1001, 5_000, 9_500, 9_501, 9_999, 10_000):
            got = s3.get_object(**named, PartNumber=number)
            assert got["Body"].read() == body(number)
            assert got["PartsCount"] == PARTS
            assert got["ContentRange"] == f"bytes {STARTS[number - 1]}-{STARTS[number] - 1}/{STARTS[-1]}"
        choose = random.Random(4)
        firsts = [STARTS[number] - 1 for number in (1, 499, 500, 501, 7_500, 9_999)]
        for first in [0, STARTS[-1] - 1, *firsts, *(choose.randrange(STARTS[-1]) for _ in range(30))]:
            last = min(first + choose.choice([0, 1, 20_000, 200_000]), STARTS[-1] - 1)
            assert s3.get_object(**named, Range=f"bytes={first}-{last}")["Body"].read() == expected(first, last)
        assert s3.get_object(**named, Range="bytes=-17")["Body"].read() == expected(STARTS[-1] - 17, STARTS[-1] - 1)
    print(f"GET: {peak.growth / MIB:.1f} MiB")
    assert peak.growth < 64 * MIB


def test_it_is_read_as_a_whole(uploaded):
    store, s3, _, _ = uploaded
    sent, got = hashlib.sha256(), hashlib.sha256()
    for number in range(1, PARTS + 1):
        sent.update(body(number))
    begin = time.monotonic()
    with Peak(store) as peak:
        for piece in s3.get_object(Bucket="bucket", Key=KEY)["Body"].iter_chunks(MIB):
            got.update(piece)
    print(f"GET of {STARTS[-1] / MIB:.0f} MiB: {time.monotonic() - begin:.1f} s, {peak.growth / MIB:.1f} MiB")
    assert peak.growth < 64 * MIB
    assert got.digest() == sent.digest()


def test_its_parts_are_told(uploaded):
    """GetObjectAttributes; sizes without checksums are not shown, so what is counted are numbers."""
    _, s3, _, _ = uploaded
    told = s3.get_object_attributes(Bucket="bucket", Key=KEY, ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert (told["ObjectParts"]["TotalPartsCount"], told["ObjectSize"]) == (PARTS, STARTS[-1])


def test_the_setting_is_documented():
    text = subprocess.run([programs() / "roost", "serve", "--help"], capture_output=True, text=True, check=True).stdout
    assert "--minimum-part-bytes" in text
