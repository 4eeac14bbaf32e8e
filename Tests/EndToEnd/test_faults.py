"""Drives that fail, hang and vanish beneath the running program while clients write and read: nothing that was
acknowledged is lost, and both go on."""

import shutil
import time

import pytest
import requests
from botocore.exceptions import ClientError

from load import Load, fault, resource
from store import Store, wait_for


def make(make_store) -> Store:
    store = make_store(6, settings=["--fault-injection", "on"]).start()
    store.client().create_bucket(Bucket="bucket")
    return store


def two_replicas_of_one_shard(store: Store) -> list[int]:
    """Numbers of the drives of a shard's leader and of another of its members; the shard holds objects of the bucket."""
    shards = [shard for shard in resource(store, "shards")["shards"] if shard["committed"] > 5 and shard["id"] > 0]
    shard = max(shards, key=lambda shard: shard["committed"])
    other = next(member for member in shard["members"] if member != shard["leader"])
    return [[str(drive) for drive in store.drives].index(path) + 1 for path in (shard["leader"], other)]


def metric(store: Store, name: str) -> dict[str, float]:
    """Samples of a metric by their labels."""
    lines = requests.get(f"{store.admin}/metrics", timeout=10).text.splitlines()
    found = [line.removeprefix(name) for line in lines if line.startswith(name)]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in found}


def shards_are_whole(store: Store) -> bool:
    status, shards = resource(store, "status"), resource(store, "shards")["shards"]
    return status["shards"]["leaderless"] == 0 and all(len(shard["members"]) == 3 for shard in shards)


def test_two_drives_fail_under_load(make_store):
    """Both hold a replica of one shard, so that its reads and writes wait for a learner; all others go on."""
    store = make(make_store)
    load = Load(store).start().run_for(3)
    pair = two_replicas_of_one_shard(store)
    fault(store, pair[0], "error")
    load.run_for(0.3)
    fault(store, pair[1], "error")
    failed_at = load.now
    load.run_for(8)
    wait_for(lambda: shards_are_whole(store), 20, "learners in the place of what was lost")
    load.stop()
    assert len(load.done("put", after=failed_at + 3)) > 20, "writes did not go on"
    assert len(load.done("get", after=failed_at + 3)) > 20, "reads did not go on"
    assert load.longest_gap("put") < 6 and load.longest_gap("get") < 6
    load.check_all()

    status = resource(store, "status")
    assert (status["drives"]["online"], status["drives"]["failed"], status["state"]) == (4, 2, "degraded")
    for number in pair:
        assert any(f"drive{number} has failed" in warning for warning in status["warnings"]), status["warnings"]
        assert metric(store, "roost_drive_online")[f'{{drive="{store.drives[number - 1]}"}}'] == 0
    assert sum(metric(store, "roost_drive_online").values()) == 4
    assert requests.get(f"{store.admin}/health/ready", timeout=10).status_code == 200
    # The next start finds the drives well again.
    assert store.stop() == 0
    store.start()
    load.check_all()
    assert store.stop() == 0


def test_what_too_few_drives_took_is_not_acknowledged(make_store):
    """Three of six fail at once: four of the six fragments could be read again, but only three are there."""
    store = make(make_store)
    client = store.client(read_timeout=30)
    client.put_object(Bucket="bucket", Key="before", Body=b"x" * 300_000)
    for number in (1, 3, 5):
        fault(store, number, "error")
    for key in ("first", "second"):
        with pytest.raises(ClientError) as refused:
            client.put_object(Bucket="bucket", Key=key, Body=b"x" * 300_000)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    store.kill()
    store.start()
    client = store.client()
    assert client.get_object(Bucket="bucket", Key="before")["Body"].read() == b"x" * 300_000
    for key in ("first", "second"):
        with pytest.raises(ClientError):
            client.get_object(Bucket="bucket", Key=key)


def test_a_drive_hangs_under_load(make_store):
    """The watchdog suspects the drive after 1 s and fails it after 5 s. Writes wait for the suspicion at most, reads not
    even for that."""
    store = make(make_store)
    load = Load(store).start().run_for(3)
    hanging = two_replicas_of_one_shard(store)[0]
    fault(store, hanging, "hang")
    hung_at = load.now
    load.run_for(3)
    assert any(
        f"drive{hanging} is slow" in warning for warning in resource(store, "status")["warnings"]
    ), "the drive is not suspect"
    load.run_for(7)
    status = resource(store, "status")
    assert any(f"drive{hanging} has failed" in warning for warning in status["warnings"]), status["warnings"]
    assert status["drives"]["online"] == 5
    wait_for(lambda: shards_are_whole(store), 20, "learners in the place of what was lost")
    load.stop()
    slowest = load.longest("put")
    assert slowest.end - slowest.begin < 5, slowest
    assert load.longest_gap("put") < 4, "writes stood still"
    assert load.longest_gap("get") < 2, "reads stood still"
    assert len(load.done("put", after=hung_at + 4)) > 20
    load.check_all()
    fault(store, hanging, "none")
    assert store.stop() == 0
    store.start()
    load.check_all()


def test_a_drive_that_hangs_for_a_moment_comes_back(make_store):
    """2.5 s are a suspicion and no failure: what the drive missed it gets, and it counts again."""
    store = make(make_store)
    load = Load(store).start().run_for(2)
    hanging = two_replicas_of_one_shard(store)[0]
    fault(store, hanging, "hang")
    load.run_for(2.5)
    fault(store, hanging, "none")
    load.run_for(3).stop()
    load.check_all()

    def is_well() -> bool:
        status = resource(store, "status")
        return status["drives"]["online"] == 6 and status["drives"]["out"] == 0 and not status["warnings"]

    wait_for(is_well, 60, "all drives to be in use again", 0.5)
    load.check_all()


def test_two_drives_vanish_under_load(make_store):
    """Somebody deletes the folders. Open files may live on for a while; nothing new can be made there."""
    store = make(make_store)
    load = Load(store).start().run_for(3)
    pair = two_replicas_of_one_shard(store)
    for number in pair:
        shutil.rmtree(store.drives[number - 1])
    load.run_for(6).stop()
    load.check_all()
    wait_for(lambda: resource(store, "status")["drives"]["online"] == 4, 30, "the drives to be found missing", 0.5)
    wait_for(lambda: shards_are_whole(store), 30, "learners in the place of what was lost", 0.5)
    load.check_all()
    assert store.stop() == 0
    store.start()
    load.check_all()


def test_kill_while_two_drives_fail(make_store):
    """Two drives fail under load, then the process is killed: once before the shards are whole again, once after. It
    starts with the two drives well again, and then without them."""
    for wait in (0.4, 4):
        store = make(make_store)
        load = Load(store, seed=int(10 * wait)).start().run_for(2.5)
        pair = two_replicas_of_one_shard(store)
        for number in pair:
            fault(store, number, "error")
        load.run_for(wait)
        load.ended.set()
        store.kill()
        load.stop()
        store.start()
        load.check_all()
        store.kill()
        store.take_away(*pair)
        store.start()
        load.check_all()
        store.client().put_object(Bucket="bucket", Key="after", Body=b"x" * 100_000)
        assert store.stop() == 0
        time.sleep(0.1)
