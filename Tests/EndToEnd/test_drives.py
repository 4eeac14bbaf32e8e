"""Drives that are gone, foreign, empty or of a newer format: everything stays readable, and nothing is touched."""

import hashlib
import itertools
import json
import pathlib
import shutil
import sys
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from content import content
from load import resource
from store import ROOT, NotReady, StartFailed, Store, wait_for

sys.path.append(str(ROOT / "Tests" / "Golden"))
from formats import FRAGMENT, NOTE, JournalEnd, journal_record, volume_records  # noqa: E402

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


@pytest.mark.parametrize("pair", list(itertools.combinations(range(1, 7), 2)), ids=str)
def test_any_two_of_six_drives_may_be_missing(filled, make_store, pair):
    store = make_store.adopt(filled.copy(without=pair)).start()
    check_all(store)
    status = json.loads(store.control("--json", "status").stdout)
    assert status["drives"]["online"] == 4
    store.client().put_object(Bucket="bucket", Key="written while two are missing", Body=b"x" * 100_000)
    assert store.stop() == 0


def test_three_missing_drives_are_too_many(filled, make_store):
    """Nothing false is ever answered: the store does not become ready, or says what it cannot read."""
    store = make_store.adopt(filled.copy(without=(1, 3, 5)))
    try:
        store.start(timeout=10)
    except (StartFailed, NotReady):
        return
    client = store.client(read_timeout=20)
    for seed, (key, size) in enumerate(OBJECTS.items()):
        data = read(client, key)
        assert data is None or data == content(seed, size)


def test_one_pair_after_the_other(filled, make_store):
    """Each pair goes, the store runs and takes a write without it, and the pair returns before the next one goes."""
    store = make_store.adopt(filled.copy())
    extra = {}
    for pair in [(1, 2), (3, 4), (5, 6)]:
        store.take_away(*pair)
        store.start()
        check_extra_and_all(store, extra)
        if not extra:
            extra["extra"] = content(1, 3 * MIB)
            wait_for(lambda: put(store, "extra", extra["extra"]), 30, "a write with two drives missing")
        assert store.stop() == 0
        store.bring_back(*pair)
        store.start()
        wait_for(lambda: has_all_replicas(store), 60, "all replicas", 0.5)
        check_extra_and_all(store, extra)
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


def has_all_replicas(store: Store) -> bool:
    """All drives are in use, and every shard has three members that serve."""
    status = json.loads(store.control("--json", "status").stdout)
    shards = json.loads(store.control("--json", "shards").stdout)["shards"]
    return (
        status["drives"]["online"] == 6 and status["shards"]["leaderless"] == 0 and status["shards"]["learning"] == 0
        and all(len(shard["members"]) == 3 for shard in shards)
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
    # The directory learns where the copy lies when it runs.
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


def fragments(drive: pathlib.Path) -> set[tuple[bytes, int, int]]:
    """What a drive's volumes hold, by their own account: fragments without a later tombstone."""
    latest: dict[tuple[bytes, int, int], tuple[int, int]] = {}
    for path in sorted((drive / "volumes").glob("*.vol")):
        for kind, blob, stripe, index, sequence in volume_records(path.read_bytes()):
            known = latest.get((blob, stripe, index), (0, 0))
            latest[(blob, stripe, index)] = max(known, (sequence, kind))
    return {fragment for fragment, (_, kind) in latest.items() if kind == FRAGMENT}


def test_what_is_deleted_while_a_drive_is_away_goes_when_it_returns(make_store):
    """The rows that remember a deleted blob stay until every drive that may hold a fragment has a tombstone for it."""
    store = make_store(6, settings=["--garbage-delay-seconds", "0"]).start()
    client = store.client()
    client.create_bucket(Bucket="bucket")
    for number in range(12):
        client.put_object(Bucket="bucket", Key=f"{number}", Body=content(number, 100_000))
    assert store.stop() == 0
    assert all(len(fragments(drive)) == 12 for drive in store.drives)
    store.take_away(3)
    store.start()
    client = store.client()
    for number in range(10):
        wait_for(lambda number=number: delete(client, f"{number}"), 20, "a delete with a drive missing")
    wait_for(
        lambda: all(len(fragments(drive)) == 2 for drive in store.drives if drive.exists()), 30,
        "tombstones on the drives that are there",
    )  # fmt: skip
    assert store.stop() == 0
    store.bring_back(3)
    assert len(fragments(store.drives[2])) == 12
    store.start()
    for number in (10, 11):
        assert store.client().get_object(Bucket="bucket", Key=f"{number}")["Body"].read() == content(number, 100_000)
    wait_for(lambda: all(len(fragments(drive)) == 2 for drive in store.drives), 30, "tombstones on the drive that returned")
    assert store.stop() == 0


def delete(client, key: str) -> bool:
    try:
        client.delete_object(Bucket="bucket", Key=key)
        return True
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        return False


def forge_note(drive: pathlib.Path, payload: bytes) -> None:
    """Puts a group behind a drive's journal that replaces the note of one of its replicas; all checksums are right."""
    path = sorted((drive / "journal").glob("*.log"))[-1]
    end = JournalEnd(path.read_bytes())
    store = next(store for store, kind, _, _ in end.records if kind == NOTE)
    with path.open("r+b") as file:
        file.seek(end.offset)
        file.write(end.group([journal_record(store, NOTE, 0, payload)]))


def test_a_replica_that_cannot_be_read_is_quarantined_and_replaced(filled, make_store):
    """One replica is lost by it, not its drive: the shard learns again elsewhere, and what is left over goes then."""
    store = make_store.adopt(filled.copy())
    forge_note(store.drives[1], b"\x01nonsense")
    store.start()
    assert resource(store, "status")["drives"]["online"] == 6
    assert any("replica is quarantined" in line and "drive2" in line for line in store.lines), store.output
    wait_for(lambda: has_all_replicas(store), 30, "a learner in the place of the replica", 0.2)
    check_all(store)
    wait_for(lambda: not resource(store, "status")["warnings"], 10, "the end of the quarantine", 0.2)
    assert sum(drive["quarantined"] for drive in resource(store, "drives")["drives"]) == 0
    assert store.stop() == 0
    assert not list((store.drives[1] / "quarantine").iterdir())
    store.start()
    assert has_all_replicas(store)
    check_all(store)


def test_a_quarantine_outlives_the_process(make_store):
    """On a single drive nobody can take its place: the replica neither runs nor goes."""
    store = make_store(1, settings=["--minimum-parity", "0"]).start()
    assert store.stop() == 0
    forge_note(store.drives[0], b"\x01nonsense")
    marks = store.drives[0] / "quarantine"
    contents = None
    for _ in range(2):
        with pytest.raises(NotReady):
            store.start(timeout=4)
        assert any("replica is quarantined" in line for line in store.lines), store.output
        found = {path.name: path.read_bytes() for path in marks.iterdir()}
        assert len(found) == 1 and contents in (None, found)
        contents = found


def test_a_replica_of_a_newer_program_is_left_untouched(filled, make_store):
    store = make_store.adopt(filled.copy())
    forge_note(store.drives[1], b"\x02the future")
    before = tree(store.drives[1] / "journal")
    store.start()
    warnings = resource(store, "status")["warnings"]
    assert any("drive2 is not used" in warning and "newer than this program" in warning for warning in warnings), warnings
    check_all(store)
    assert tree(store.drives[1] / "journal") == before
