"""What was missed or damaged is made again: a drive that comes back is filled before it counts, a bad fragment replaced."""

import json
import random
import urllib.request

from content import content
from store import Store, wait_for

KIB, MIB = 1 << 10, 1 << 20
SIZES = [16 * KIB + 1, 100 * KIB, MIB, 9 * MIB]


def put_some(store: Store, bucket: str, name: str) -> dict[str, bytes]:
    client = store.client()
    objects = {f"{name}-{size}-{number}": content(hash_of(name, size, number), size) for size in SIZES for number in range(4)}  # fmt: skip
    for key, data in objects.items():
        client.put_object(Bucket=bucket, Key=key, Body=data)
    return objects


def hash_of(*parts) -> int:
    return random.Random(str(parts)).randrange(1 << 30)


def check(store: Store, objects: dict[str, bytes]) -> None:
    client = store.client(read_timeout=30)
    for key, data in objects.items():
        assert client.get_object(Bucket="bucket", Key=key)["Body"].read() == data, key


def status(store: Store) -> dict:
    done = store.control("--json", "status")
    assert done.returncode == 0, (done.stderr, store.process.poll(), store.output)
    return json.loads(done.stdout)


def metrics(store: Store) -> str:
    with urllib.request.urlopen(store.admin + "/metrics", timeout=10) as answer:
        return answer.read().decode()


def is_whole(store: Store) -> bool:
    drives = status(store)["drives"]
    return drives["online"] == 6 and drives["out"] == 0 and drives["filling"] == 0


def has_all_replicas(store: Store) -> bool:
    shards = json.loads(store.control("--json", "shards").stdout)["shards"]
    return all(len(shard["members"]) == 3 for shard in shards) and status(store)["shards"]["leaderless"] == 0


def test_a_drive_that_returns_is_filled_before_it_counts(make_store):
    """Written while one was away, read while two others are: five of six fragments were written, so without filling
    only three would be left."""
    store = make_store(6).start()
    store.client().create_bucket(Bucket="bucket")
    objects = put_some(store, "bucket", "before")
    assert store.stop() == 0

    store.take_away(1)
    store.start()
    objects |= put_some(store, "bucket", "without-1")
    store.client().delete_object(Bucket="bucket", Key=f"before-{MIB}-0")
    del objects[f"before-{MIB}-0"]
    assert status(store)["drives"]["out"] == 1
    assert store.stop() == 0

    store.bring_back(1)
    store.start()
    wait_for(lambda: is_whole(store), 60, "the drive is filled", 0.2)
    objects |= put_some(store, "bucket", "after")
    check(store, objects)
    assert store.stop() == 0

    for pair in [(2, 3), (4, 5), (3, 6)]:
        store.take_away(*pair)
        store.start()
        check(store, objects)
        store.kill()
        store.bring_back(*pair)
        store.start()
        wait_for(lambda: is_whole(store) and has_all_replicas(store), 60, "the pair counts again", 0.2)
        assert store.stop() == 0


def test_filling_goes_on_after_a_crash(make_store):
    store = make_store(6).start()
    store.client().create_bucket(Bucket="bucket")
    assert store.stop() == 0
    store.take_away(1, 2)
    store.start()
    objects = put_some(store, "bucket", "without")
    assert store.stop() == 0
    store.bring_back(1, 2)
    for _ in range(4):
        store.start()
        store.kill()
    store.start()
    wait_for(lambda: is_whole(store), 60, "the drives are filled", 0.2)
    check(store, objects)
    assert store.stop() == 0


def test_a_damaged_fragment_is_made_again(make_store):
    """A flipped bit in one volume: the read is right, and the next one needs no other drive for it."""
    store = make_store(6).start()
    client = store.client()
    client.create_bucket(Bucket="bucket")
    data = content(5, MIB)
    client.put_object(Bucket="bucket", Key="key", Body=data)
    assert store.stop() == 0
    damaged = 0
    for drive in store.drives[:3]:
        for volume in drive.glob("volumes/*.vol"):
            raw = bytearray(volume.read_bytes())
            # A piece of the object that lies on this drive, if it holds a data fragment.
            place = next((raw.find(data[start : start + 64]) for start in range(0, MIB, 32 * KIB)
                          if raw.find(data[start : start + 64]) >= 0), -1)  # fmt: skip
            if place >= 0 and damaged < 2:
                raw[place] ^= 4
                volume.write_bytes(raw)
                damaged += 1
    assert damaged > 0
    store.start()
    assert store.client().get_object(Bucket="bucket", Key="key")["Body"].read() == data
    wait_for(lambda: f"roost_repaired_fragments_total {damaged}" in metrics(store), 30, "repair")
    assert status(store)["repairQueue"] == 0
    assert store.stop() == 0

    # Two others away: readable only if the damaged fragments are whole again.
    store.take_away(5, 6)
    store.start()
    assert store.client().get_object(Bucket="bucket", Key="key")["Body"].read() == data
    assert store.stop() == 0


def test_a_directory_without_enough_copies_is_accepted_by_an_operator(make_store):
    """Four of six drives, then three of these four: fewer copies than prove the newest. Reads of what is here go on only
    after the operator's word; the word for another generation is refused."""
    store = make_store(6).start()
    store.client().create_bucket(Bucket="bucket")
    assert store.stop() == 0
    store.take_away(1, 2)
    store.start()
    objects = put_some(store, "bucket", "some")
    wait_for(lambda: has_all_replicas(store), 30, "metadata on three drives")
    assert store.stop() == 0
    store.bring_back(1, 2)
    store.take_away(3, 4)
    store.start(timeout=60)
    shown = json.loads(store.control("--json", "directory").stdout)
    assert shown["readOnly"] and shown["needed"] == 3 and shown["missing"] == 2
    generation = shown["generation"]
    told = store.control("directory", "accept").stdout
    assert f"roostctl directory accept {generation}" in told and "means:" in told
    refused = store.control("directory", "accept", str(generation + 1))
    assert refused.returncode == 1 and "Conflict" in refused.stderr
    assert "read-only" in store.control("directory").stdout

    assert store.control("directory", "accept", str(generation)).returncode == 0
    wait_for(lambda: status(store)["shards"]["leaderless"] == 0, 30, "leaders")
    check(store, objects)
    objects |= put_some(store, "bucket", "more")
    assert store.stop() == 0
    store.start()
    assert not json.loads(store.control("--json", "directory").stdout)["readOnly"]
    check(store, objects)
    assert store.stop() == 0
