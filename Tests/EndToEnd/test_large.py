"""One object of 3 GiB in one PUT, by a client that streams it (ROOST_TEST_LARGE=1)."""

import os

import pytest

from content import Stream, hash_of

GIB = 1 << 30


@pytest.mark.large
@pytest.mark.skipif(os.environ.get("ROOST_TEST_LARGE") != "1", reason="set ROOST_TEST_LARGE=1")
def test_three_gibibytes_in_one_put(make_store):
    store = make_store(6).start()
    client = store.client(read_timeout=600)
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="large", Body=Stream(3 * GIB))
    got = client.get_object(Bucket="bucket", Key="large")["Body"]
    assert hash_of(got.iter_chunks(4 << 20)) == Stream(3 * GIB).sha256()
    body = Stream(3 * GIB)
    body.seek(2 * GIB + 12345)
    part = client.get_object(Bucket="bucket", Key="large", Range=f"bytes={2 * GIB + 12345}-{2 * GIB + 1_012_344}")
    assert part["Body"].read() == body.read(1_000_000)
    assert store.stop() == 0
