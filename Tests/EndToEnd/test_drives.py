"""Drives that are gone, foreign, empty or of a newer format: everything stays readable, and nothing is touched."""

import hashlib
import itertools
import json
import pathlib
import shutil

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from content import content
from store import StartFailed, Store, wait_for

KIB, MIB = 1 << 10, 1 << 20
OBJECTS = {f"object-{size}-{number}": size for size in [0, 1, 10 * KIB, 16 * KIB + 1, 100 * KIB, MIB, 9 * MIB]
           for number in range(3)}  # fmt: skip


def fill(store: Store) -> None:
    client = store.client()
    client.create_bucket(Bucket="bucket")
    for seed, (key, size) in enumerate(OBJECTS.items()):
        client.put_object(Bucket="bucket", Key=key, Body=content(seed, size))


def read(client, key: str) -> bytes | None:
    """None while the store cannot serve the key yet."""
    try:
        return client.get_object(Bucket="bucket", Key=key)["Body"].read()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503):
            return None
        raise
    except BotoCoreError:
        return None


def check_all(store: Store, timeout: float = 30) -> None:
    """Every object, byte for byte, and the listing. A learner may have to catch up first."""
    client = store.client()
    for seed, (key, size) in enumerate(OBJECTS.items()):
        expected = content(seed, size)
        got = wait_for(lambda key=key: [data for data in [read(client, key)] if data is not None], timeout, key)[0]
        assert got == expected, key
    listed = client.list_objects_v2(Bucket="bucket")["Contents"]
    assert {entry["Key"]: entry["Size"] for entry in listed} == OBJECTS


def tree(folder: pathlib.Path) -> dict[str, str]:
    """Every file below a folder with its hash; the lock file, which every start takes, aside."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in ("lock", "LOCK")
    }  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A stopped store with objects; tests work on copies of it."""
    store = Store(6).start()
    fill(store)
    assert store.stop() == 0
    yield store
    store.close()


@pytest.mark.parametrize("pair", itertools.combinations(range(1, 7), 2), ids=str)
def test_any_two_of_six_drives_may_be_missing(filled, make_store, pair):
    store = make_store.adopt(filled.copy(without=pair)).start()
    check_all(store)
    status = json.loads(store.control("--json", "status").stdout)
    assert status["drives"]["online"] == 4
    store.client().put_object(Bucket="bucket", Key="written while two are missing", Body=b"x" * 100_000)
    assert store.stop() == 0


def test_three_missing_drives_are_too_many(filled, make_store):
    """Nothing false is ever answered: the store does not start, or says for what it cannot read that it cannot."""
    store = make_store.adopt(filled.copy(without=(1, 3, 5)))
    try:
        store.start()
    except StartFailed:
        return
    client = store.client(read_timeout=20)
    for seed, (key, size) in enumerate(OBJECTS.items()):
        data = read(client, key)
        assert data is None or data == content(seed, size)


def test_drives_that_come_back_count_again(filled, make_store):
    """One pair after the other goes and returns; each time the store is whole again before the next one goes."""
    store = make_store.adopt(filled.copy())
    extra = {}
    for pair in [(1, 2), (3, 4), (5, 6)]:
        store.take_away(*pair)
        store.start()
        check_extra_and_all(store, extra)
        key = f"extra-{pair}"
        extra[key] = content(sum(pair), 3 * MIB)
        wait_for(lambda: put(store, key, extra[key]), 30, "a write with two drives missing")
        assert store.stop() == 0
        store.bring_back(*pair)
        store.start()
        wait_for(lambda: is_whole(store), 60, "the store to be whole again", 0.5)
        assert store.stop() == 0


def check_extra_and_all(store: Store, extra: dict[str, bytes]) -> None:
    client = store.client()
    for key, expected in extra.items():
        got = wait_for(lambda key=key: [data for data in [read(client, key)] if data is not None], 30, key)[0]
        assert got == expected
    for seed, (key, size) in enumerate(OBJECTS.items()):
        got = wait_for(lambda key=key: [data for data in [read(client, key)] if data is not None], 30, key)[0]
        assert got == content(seed, size), key


def put(store: Store, key: str, data: bytes) -> bool:
    try:
        store.client().put_object(Bucket="bucket", Key=key, Body=data)
        return True
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        return False


def is_whole(store: Store) -> bool:
    status = json.loads(store.control("--json", "status").stdout)
    shards = json.loads(store.control("--json", "shards").stdout)["shards"]
    return (
        status["drives"]["online"] == 6 and status["drives"]["out"] == 0 and status["shards"]["leaderless"] == 0
        and status["shards"]["learning"] == 0 and all(len(shard["members"]) == 3 for shard in shards)
    )  # fmt: skip


def test_a_second_process_on_the_same_drives_is_refused(filled, make_store):
    store = make_store.adopt(filled.copy()).start()
    second = Store(6, folder=store.folder)
    with pytest.raises(StartFailed) as failed:
        second.start()
    assert failed.value.status == 1
    assert "in use by another process" in failed.value.output
    check_all(store)
    assert store.stop() == 0


def test_a_foreign_drive_is_refused(filled, make_store):
    other = make_store(6).start()
    assert other.stop() == 0
    store = make_store.adopt(filled.copy())
    store.take_away(2)
    shutil.copytree(other.drives[0], store.drives[1])
    before = tree(store.folder)
    with pytest.raises(StartFailed) as failed:
        store.start()
    assert "different clusters" in failed.value.output
    assert tree(store.folder) == before, "a refused start changed something"
    shutil.rmtree(store.drives[1])
    store.bring_back(2)
    store.start()
    check_all(store)


def test_a_copy_of_a_drive_is_refused(filled, make_store):
    store = make_store.adopt(filled.copy())
    store.take_away(2)
    shutil.copytree(store.drives[0], store.drives[1])
    before = tree(store.folder)
    with pytest.raises(StartFailed) as failed:
        store.start()
    assert "copies of one drive" in failed.value.output
    assert tree(store.folder) == before


def test_other_files_are_never_taken_for_a_drive(make_store):
    store = make_store(6)
    (store.drives[3] / "holiday.jpg").write_bytes(b"precious")
    with pytest.raises(StartFailed) as failed:
        store.start()
    assert "not Roost's" in failed.value.output
    assert (store.drives[3] / "holiday.jpg").read_bytes() == b"precious"
    assert tree(store.folder).keys() == {"drive4/holiday.jpg"}


def test_a_known_drive_that_is_empty_is_reported_and_not_formatted(filled, make_store):
    """A mount that failed leaves an empty folder: it must not become a new drive by itself."""
    store = make_store.adopt(filled.copy())
    # The directory knows folders by path: the copy must have run in its place once.
    store.start()
    assert store.stop() == 0
    store.take_away(4)
    store.drives[3].mkdir()
    store.start()
    check_all(store)
    status = json.loads(store.control("--json", "status").stdout)
    assert any("drive4" in warning and "empty" in warning for warning in status["warnings"]), status["warnings"]
    assert tree(store.drives[3]) == {}
    assert store.stop() == 0
    store.drives[3].joinpath("lock").unlink(missing_ok=True)
    store.drives[3].rmdir()
    store.bring_back(4)
    store.start()
    check_all(store)


def test_a_newer_format_is_refused(filled, make_store):
    """The label's format version follows its magic of 8 bytes (Sources/README.md, "Drive file")."""
    store = make_store.adopt(filled.copy())
    label = store.drives[2] / "drive"
    raw = bytearray(label.read_bytes())
    raw[8:10] = (60_000).to_bytes(2, "little")
    label.write_bytes(raw)
    before = tree(store.folder)
    with pytest.raises(StartFailed) as failed:
        store.start()
    assert "newer than this program" in failed.value.output
    assert tree(store.folder) == before
