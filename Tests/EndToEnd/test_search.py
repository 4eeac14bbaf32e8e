"""Search over metadata, over HTTP: every acknowledged write is found by the next search, and nobody finds what is not theirs."""

import json
import subprocess
import threading
import time
from urllib.parse import urlencode

import boto3
import pytest

from load import fault
from search_client import SearchClient, SearchFailed
from store import ACCESS_KEY, REGION, SECRET_KEY, programs


@pytest.fixture
def client(store, bucket):
    return SearchClient(store, bucket)


@pytest.fixture
def own_client(make_store):
    """On a store that the test may kill and damage."""
    store = make_store(3).start()
    store.client().create_bucket(Bucket="bucket")
    return SearchClient(store, "bucket")


PHOTOS = {
    "photos/2026/beach-sunset.jpg": ("image/jpeg", {"camera": "Nikon Z6", "title": "Sunset at the beach"}, {"trip": "italy"}),
    "photos/2026/IMG_0042.JPG": ("image/jpeg", {"camera": "Canon EOS R5", "title": "Old town"}, {"trip": "italy"}),
    "photos/2025/mountain.png": ("image/png", {"title": "Mountain sunrise"}, {"trip": "alps"}),
    "docs/report-final.pdf": ("application/pdf", {}, {"author": "Ümit Özgür"}),
    "docs/notes.txt": ("text/plain; charset=utf-8", {}, {}),
    "music/café-song.mp3": ("audio/mpeg", {"title": "Beach song"}, {}),
}


@pytest.fixture
def photos(store, client):
    s3 = store.client()
    for number, (key, (kind, metadata, tags)) in enumerate(PHOTOS.items()):
        tagging = urlencode(tags)
        s3.put_object(
            Bucket=client.bucket, Key=key, Body=b"x" * (1000 * (number + 1)), ContentType=kind,
            Metadata=metadata, Tagging=tagging,
        )  # fmt: skip
    return client


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", set(PHOTOS)),
        ("beach", {"photos/2026/beach-sunset.jpg", "music/café-song.mp3"}),
        ("beach sunset", {"photos/2026/beach-sunset.jpg"}),
        ("BEACH Song", {"music/café-song.mp3"}),
        ("cafe", {"music/café-song.mp3"}),
        ("sunset OR sunrise", {"photos/2026/beach-sunset.jpg", "photos/2025/mountain.png"}),
        ("type:image", {key for key in PHOTOS if key.startswith("photos/")}),
        ("type:image/png", {"photos/2025/mountain.png"}),
        ("type:text/plain", {"docs/notes.txt"}),
        ("-type:image", {key for key in PHOTOS if not key.startswith("photos/")}),
        ("NOT type:image ext:pdf", {"docs/report-final.pdf"}),
        ("path:photos/2026/", {"photos/2026/beach-sunset.jpg", "photos/2026/IMG_0042.JPG"}),
        ("ext:jpg", {"photos/2026/beach-sunset.jpg", "photos/2026/IMG_0042.JPG"}),
        ("img_0042", {"photos/2026/IMG_0042.JPG"}),
        ("img 42", set()),
        ("0042", {"photos/2026/IMG_0042.JPG"}),
        ("name:report*", {"docs/report-final.pdf"}),
        ('key="docs/notes.txt"', {"docs/notes.txt"}),
        ('"sunset at the beach"', {"photos/2026/beach-sunset.jpg"}),
        ('"beach the at sunset"', set()),
        ("meta.camera:nikon", {"photos/2026/beach-sunset.jpg"}),
        ("meta.camera:*", {"photos/2026/beach-sunset.jpg", "photos/2026/IMG_0042.JPG"}),
        ('meta.camera="Canon EOS R5"', {"photos/2026/IMG_0042.JPG"}),
        ("tag.trip=italy", {"photos/2026/beach-sunset.jpg", "photos/2026/IMG_0042.JPG"}),
        ("tag.trip:IN(alps,nowhere)", {"photos/2025/mountain.png"}),
        ("size:>=5000", {"docs/notes.txt", "music/café-song.mp3"}),
        ("size:2000..3KB", {"photos/2026/IMG_0042.JPG", "photos/2025/mountain.png"}),
        ("modified:>now-1h", set(PHOTOS)),
        ("modified:<now-1h", set()),
        ("mount*", {"photos/2025/mountain.png"}),
        ("sunzet~1", {"photos/2026/beach-sunset.jpg"}),
        ("ozgur", {"docs/report-final.pdf"}),
    ],
)
def test_queries(photos, query, keys):
    result = photos.search(query, count="exact")
    assert {hit["key"] for hit in result["hits"]} == keys
    assert result["count"] == {"value": len(keys), "relation": "eq"}


def test_a_hit_shows_the_object(store, photos):
    hit = photos.search("nikon", highlight="true")["hits"][0]
    head = store.client().head_object(Bucket=photos.bucket, Key=hit["key"])
    assert hit["bucket"] == photos.bucket and hit["key"] == "photos/2026/beach-sunset.jpg"
    assert hit["etag"] == head["ETag"].strip('"') and hit["size"] == 1000 == head["ContentLength"]
    assert hit["metadata"] == {"camera": "Nikon Z6", "title": "Sunset at the beach"}
    assert hit["tags"] == {"trip": "italy"} and hit["type"] == "image/jpeg" and hit["version"] == "null"
    assert hit["score"] > 0
    assert hit["highlights"]["meta.camera"] == ["<em>Nikon</em> Z6"]
    few = photos.search("nikon", fields="size,meta.camera")["hits"][0]
    assert set(few) == {"bucket", "key", "size", "metadata"} and few["metadata"] == {"camera": "Nikon Z6"}


def test_every_write_is_found_by_the_next_search(store, client):
    s3 = store.client()
    for number in range(60):
        s3.put_object(Bucket=client.bucket, Key="object", Body=b"x", Metadata={"word": f"word{number}"})
        assert client.keys(f"word{number}") == ["object"]
        assert client.keys(f"word{number - 1}") == []
    s3.put_object_tagging(Bucket=client.bucket, Key="object", Tagging={"TagSet": [{"Key": "colour", "Value": "teal"}]})
    assert client.keys("tag.colour=teal") == ["object"]
    s3.copy_object(
        Bucket=client.bucket, Key="object", CopySource=f"{client.bucket}/object", MetadataDirective="REPLACE",
        Metadata={"word": "replaced"},
    )  # fmt: skip
    assert client.keys("replaced") == ["object"] and client.keys("word59") == []
    s3.delete_object(Bucket=client.bucket, Key="object")
    assert client.keys("") == []


def test_many_writers_and_searchers(store, client):
    """A searcher beside each writer: what was acknowledged before the search began is in its answer."""
    failures = []

    def work(number: int) -> None:
        s3, mine = store.client(), SearchClient(store, client.bucket)
        for step in range(25):
            word = f"w{number}x{step}"
            s3.put_object(Bucket=client.bucket, Key=f"{number}/{step}", Body=b"", Metadata={"word": word})
            if mine.keys(word) != [f"{number}/{step}"]:
                failures.append(word)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert client.search("", count="exact", limit=0)["count"] == {"value": 200, "relation": "eq"}


def test_sort_pages_and_cursors(store, client):
    s3 = store.client()
    for number in range(45):
        s3.put_object(Bucket=client.bucket, Key=f"k{number:02}", Body=b"x" * (number * 7 % 45), Metadata={"w": "same"})
    keys = [f"k{number:02}" for number in range(45)]
    for sort, order in [
        ("key", keys), ("-key", keys[::-1]), ("size", sorted(keys, key=lambda key: int(key[1:]) * 7 % 45)),
        ("-size", sorted(keys, key=lambda key: -(int(key[1:]) * 7 % 45))), ("modified", keys), ("", keys),
    ]:  # fmt: skip
        pages = list(client.pages("same", sort=sort, limit=10))
        assert [hit["key"] for page in pages for hit in page["hits"]] == order, sort
        assert [len(page["hits"]) for page in pages] == [10, 10, 10, 10, 5]
    # Writes in between: nothing that stays is missed or comes twice.
    seen = []
    for page in client.pages("same", limit=10):
        seen += [hit["key"] for hit in page["hits"]]
        s3.delete_object(Bucket=client.bucket, Key="k44")
        s3.put_object(Bucket=client.bucket, Key="zz", Body=b"", Metadata={"w": "same same same"})
    assert len(seen) == len(set(seen)) and set(keys[:44]) <= set(seen)
    cursor = client.search("same", limit=5)["cursor"]
    for wrong in [{"q": "other"}, {"sort": "size"}]:
        with pytest.raises(SearchFailed) as failure:
            client.search(**({"q": "same"} | wrong), cursor=cursor)
        assert failure.value.error["code"] == "InvalidSearchCursor"
    for forged in [cursor[:-4] + "AAAA", "x", cursor[1:]]:
        with pytest.raises(SearchFailed):
            client.search("same", cursor=forged)


def test_facets(photos):
    result = photos.search("", facets="type,ext:2,tag.trip,size[..3KB,3KB..6KB,6KB..],modified:year", limit=0)
    facets = {facet["name"]: [(value["value"], value["count"]) for value in facet["values"]] for facet in result["facets"]}
    assert result["hits"] == []
    assert facets["type"][0] == ("image/jpeg", 2) and len(facets["type"]) == 5
    assert facets["ext:2"] == [("jpg", 2), ("mp3", 1)]
    assert facets["tag.trip"] == [("italy", 2), ("alps", 1)]
    assert facets["size[..3KB,3KB..6KB,6KB..]"] == [("..3KB", 2), ("3KB..6KB", 3), ("6KB..", 1)]
    assert sum(count for _, count in facets["modified:year"]) == 6
    # Facets are about what matches.
    only = photos.search("type:image", facets="tag.trip", limit=0)["facets"][0]["values"]
    assert only == [{"value": "italy", "count": 2}, {"value": "alps", "count": 1}]


def test_suggestions(photos):
    texts = lambda text: [(item["text"], item["documents"]) for item in photos.search(suggest=text)["suggestions"]]  # noqa: E731
    assert texts("sun") == [("sunrise", 1), ("sunset", 1)]
    assert texts("bea")[0] == ("beach", 2)
    assert texts("meta.camera:ca") == [("canon", 1)]
    assert texts("qqq") == []


def test_xml_and_post(photos):
    xml = photos.call("GET", f"/{photos.bucket}", {"search": "", "q": "nikon"}, headers={"Accept": "application/xml"}).decode()
    assert "<SearchResult" in xml and "<Key>photos/2026/beach-sunset.jpg</Key>" in xml
    assert "<Name>camera</Name><Value>Nikon Z6</Value>" in xml
    document = {"q": "type:image", "sort": ["-size"], "limit": 2, "facets": ["ext"], "count": "exact"}
    answer = json.loads(photos.call("POST", f"/{photos.bucket}", {"search": ""}, json.dumps(document).encode()))
    assert [hit["key"] for hit in answer["hits"]] == ["photos/2025/mountain.png", "photos/2026/IMG_0042.JPG"]
    assert answer["count"]["value"] == 3 and answer["facets"][0]["name"] == "ext" and answer["cursor"]


@pytest.mark.parametrize(
    ("parameters", "code", "more"),
    [
        ({"q": "siez:>5"}, "InvalidSearchQuery", {"offset": 0, "length": 4, "column": 1, "suggestion": "size"}),
        ({"q": "(a OR b"}, "InvalidSearchQuery", {}),
        ({"q": "a" * 5000}, "InvalidSearchQuery", {}),
        ({"q": "meta.width:>5"}, "InvalidSearchQuery", {}),
        ({"limit": "1001"}, "InvalidArgument", {}),
        ({"sort": "colour"}, "InvalidArgument", {}),
        ({"sort": "meta.width"}, "InvalidSearchQuery", {"field": "meta.width"}),
        ({"facets": "nothing"}, "InvalidArgument", {}),
        ({"facets": "size[1..x]"}, "InvalidSearchQuery", {}),
        ({"count": "some"}, "InvalidArgument", {}),
        ({"colour": "red"}, "InvalidArgument", {}),
        ({"timeout": "0"}, "InvalidArgument", {}),
    ],
)
def test_refusals(client, parameters, code, more):
    with pytest.raises(SearchFailed) as failure:
        client.search(**parameters)
    assert failure.value.status == 400 and failure.value.error["code"] == code
    assert more.items() <= failure.value.error.items()


def test_declared_fields_are_built_online(store, client):
    s3 = store.client()
    for number in range(30):
        s3.put_object(
            Bucket=client.bucket, Key=f"k{number:02}", Body=b"",
            Metadata={"width": str(number * 100), "taken": f"2026-01-{number + 1:02}", "kind": ["a", "b", "c"][number % 3]},
        )  # fmt: skip
    with pytest.raises(SearchFailed):
        client.keys("meta.width:>2500")
    client.configure({"meta.width": "number", "meta.taken": "date", "meta.kind": "keyword"})
    configured = json.loads(client.call("GET", f"/{client.bucket}", {"search": "configuration"}))
    assert configured["fields"][0] == {"name": "meta.width", "type": "number"}
    # What comes now is found at once; what was there, soon.
    s3.put_object(Bucket=client.bucket, Key="new", Body=b"", Metadata={"width": "2600.5"})
    assert "new" in client.keys("meta.width:2600..2601")
    deadline = time.monotonic() + 20
    while len(client.keys("meta.width:>=2500", limit=100)) != 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(client.keys("meta.width:>=2500")) == {"k25", "k26", "k27", "k28", "k29", "new"}
    assert client.keys("meta.taken:2026-01-05") == ["k04"]
    assert client.keys("meta.width:*", sort="-meta.width", limit=3) == ["k29", "k28", "k27"]
    assert client.keys("k0*", sort="meta.kind,key", limit=2) == ["k00", "k03"]
    values = client.search("", facets="meta.kind,meta.width[..1000,1000..]", limit=0)["facets"]
    assert values[0]["values"] == [{"value": "a", "count": 10}, {"value": "b", "count": 10}, {"value": "c", "count": 10}]
    assert [value["count"] for value in values[1]["values"]] == [10, 21]
    client.call("DELETE", f"/{client.bucket}", {"search": ""})
    with pytest.raises(SearchFailed):
        client.keys("meta.width:>2500")


def test_nobody_finds_what_is_not_theirs(store, client):
    """Hits, counts, facets, suggestions and errors of a search over all buckets."""
    s3 = store.client()
    roostctl(store, "user", "add", "searcher")
    key = json.loads(roostctl(store, "--json", "key", "add", "searcher"))
    theirs = SearchClient(store, "searchers-own", key["accessKey"], key["secretKey"])
    user = boto3.client(
        "s3", endpoint_url=store.endpoint, aws_access_key_id=key["accessKey"], aws_secret_access_key=key["secretKey"],
        region_name=REGION,
    )  # fmt: skip
    user.create_bucket(Bucket="searchers-own")
    user.put_object(Bucket="searchers-own", Key="mine/visible.txt", Body=b"", Metadata={"word": "sharedword"})
    s3.put_object(Bucket=client.bucket, Key="secret/hidden.txt", Body=b"", Metadata={"word": "sharedword secretword"})
    result = theirs.search("sharedword", bucket=None, count="exact", facets="bucket,ext,meta.word")
    assert [hit["key"] for hit in result["hits"]] == ["mine/visible.txt"]
    assert result["count"] == {"value": 1, "relation": "eq"}
    for facet in result["facets"]:
        assert sum(value["count"] for value in facet["values"]) == 1
    assert theirs.search("secretword", bucket=None, count="exact")["count"]["value"] == 0
    assert theirs.search(f"bucket:{client.bucket}", bucket=None, count="exact")["count"]["value"] == 0
    assert theirs.search("bucket:no-such-bucket", bucket=None, count="exact")["count"]["value"] == 0
    assert theirs.search(suggest="secretw", bucket=None)["suggestions"] == []
    assert theirs.search(suggest="sharedw", bucket=None)["suggestions"] == [{"text": "sharedword", "documents": 1}]
    with pytest.raises(SearchFailed) as failure:
        theirs.search("x", bucket=client.bucket)
    assert failure.value.status == 403
    with pytest.raises(SearchFailed) as failure:
        theirs.events(client.bucket)
    assert failure.value.status == 403
    # Root sees both, and scores do not tell a user of others' words.
    both = client.search("sharedword", bucket=None, limit=100)["hits"]
    assert {"mine/visible.txt", "secret/hidden.txt"} <= {hit["key"] for hit in both}


def roostctl(store, *words: str) -> str:
    done = subprocess.run(
        [programs() / "roostctl", "--endpoint", store.admin, *words], capture_output=True, text=True, timeout=60,
        env={"ROOST_ACCESS_KEY": ACCESS_KEY, "ROOST_SECRET_KEY": SECRET_KEY},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_roostctl_search(store, photos):
    table = roostctl(store, "search", "--bucket", photos.bucket, "--facets", "ext", "type:image")
    assert f"s3://{photos.bucket}/photos/2025/mountain.png" in table and "3 objects" in table and "jpg" in table
    assert roostctl(store, "search", "--bucket", photos.bucket, "--count", "beach").strip() == "2"
    paths = roostctl(store, "search", "--bucket", photos.bucket, "-0", "type:image").split("\0")
    assert sorted(paths) == ["", *sorted(f"s3://{photos.bucket}/{key}" for key in PHOTOS if key.startswith("photos/"))]
    assert json.loads(roostctl(store, "--json", "search", "--bucket", photos.bucket, "cafe"))["hits"][0]["size"] == 6000
    assert len(roostctl(store, "search", "--all", "--paths", "--bucket", photos.bucket, "").splitlines()) == len(PHOTOS)
    watcher = subprocess.Popen(
        [programs() / "roostctl", "--endpoint", store.admin, "search", "--watch", "--paths", "--bucket", photos.bucket, "freshword"],
        stdout=subprocess.PIPE, text=True, env={"ROOST_ACCESS_KEY": ACCESS_KEY, "ROOST_SECRET_KEY": SECRET_KEY},
    )  # fmt: skip
    time.sleep(1)
    store.client().put_object(Bucket=photos.bucket, Key="fresh", Body=b"", Metadata={"w": "freshword"})
    assert watcher.stdout.readline().strip() == f"s3://{photos.bucket}/fresh"
    watcher.kill()
    watcher.wait()


def index_states(store) -> list[dict]:
    return json.loads(roostctl(store, "--json", "index"))["indexes"]


def test_rebuild_while_it_serves(own_client):
    client, store = own_client, own_client.store
    s3 = store.client()
    for number in range(300):
        s3.put_object(Bucket="bucket", Key=f"k{number}", Body=b"", Metadata={"w": f"word{number}"})
    assert "indexes are being built anew" in roostctl(store, "index", "rebuild")
    for number in range(300, 330):
        s3.put_object(Bucket="bucket", Key=f"k{number}", Body=b"", Metadata={"w": f"word{number}"})
        assert client.keys(f"word{number}") == [f"k{number}"]
        assert client.keys("word7") == ["k7"]
    deadline = time.monotonic() + 20
    while any(index["state"] != "ready" for index in index_states(store)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert all(index["state"] == "ready" for index in index_states(store))
    assert client.search("", count="exact", limit=0)["count"]["value"] == 330
    assert sum(index["documents"] for index in index_states(store) if index["leader"]) == 330


def test_kill_and_search(own_client):
    """After kill -9 the index says what the rows say: nothing that was acknowledged is missing, nothing deleted comes back."""
    client, store = own_client, own_client.store
    for round_number in range(3):
        s3 = store.client()
        for number in range(150):
            s3.put_object(Bucket="bucket", Key=f"k{number}", Body=b"", Metadata={"w": f"r{round_number}n{number}"})
        for number in range(0, 150, 5):
            s3.delete_object(Bucket="bucket", Key=f"k{number}")
        store.kill()
        store.start()
        expected = {f"k{number}" for number in range(150) if number % 5}
        assert set(client.keys("", limit=1000)) == expected
        assert client.keys(f"r{round_number}n7") == ["k7"] and client.keys(f"r{round_number}n5") == []
        if round_number:
            assert client.keys(f"r{round_number - 1}n7") == []


def wait_until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def answers(client, query: str) -> list[str] | None:
    """None while the index cannot answer; that must be a 503, and nothing else."""
    try:
        return client.keys(query, limit=1000)
    except SearchFailed as failure:
        assert failure.status == 503, failure
        return None


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_damaged_index_files(make_store, damage):
    """Every file of every index is damaged: the store serves at once, and searches are right again soon, without a word
    from anybody."""
    store = make_store(3).start()
    s3, client = store.client(), SearchClient(store, "bucket")
    s3.create_bucket(Bucket="bucket")
    for number in range(400):
        s3.put_object(Bucket="bucket", Key=f"k{number}", Body=b"data", Metadata={"w": f"word{number} common"})
    # Indexes are built anew, so that there is something in their files.
    roostctl(store, "index", "rebuild")
    wait_until(lambda: all(index["state"] == "ready" for index in index_states(store)))
    assert store.stop() == 0
    files = [file for drive in store.drives for file in (drive / "index").rglob("*") if file.is_file()]
    assert len(files) > 5
    for file in files:
        data = bytearray(file.read_bytes())
        if damage == "remove":
            file.unlink()
        elif damage == "truncate":
            file.write_bytes(data[: len(data) // 2])
        elif data:
            data[len(data) // 2] ^= 0x10
            file.write_bytes(data)
    store.start()
    s3 = store.client()
    assert s3.get_object(Bucket="bucket", Key="k7")["Body"].read() == b"data"
    s3.put_object(Bucket="bucket", Key="k400", Body=b"data", Metadata={"w": "word400 common"})
    wait_until(lambda: answers(client, "word7") == ["k7"])
    wait_until(lambda: len(answers(client, "common") or []) == 401)
    assert client.keys("word400") == ["k400"]


def test_a_drive_fails_while_searching(make_store):
    """The leader of the shard loses its drive: another replica's index answers, and finds what was written before."""
    store = make_store(6, settings=["--fault-injection", "on"]).start()
    s3, client = store.client(), SearchClient(store, "bucket")
    s3.create_bucket(Bucket="bucket")
    for number in range(100):
        s3.put_object(Bucket="bucket", Key=f"k{number}", Body=b"", Metadata={"w": f"word{number}"})
    assert client.keys("word50") == ["k50"]
    leader = max((index for index in index_states(store) if index["leader"]), key=lambda index: index["documents"])
    number = [str(drive) for drive in store.drives].index(leader["drive"]) + 1
    fault(store, number, "error")
    s3.put_object(Bucket="bucket", Key="k100", Body=b"", Metadata={"w": "word100"})
    wait_until(lambda: answers(client, "word100") == ["k100"], 10)
    assert client.search("", count="exact", limit=0)["count"]["value"] == 101
    # The learner that takes the lost member's place builds an index of its own.
    wait_until(lambda: sum(index["documents"] == 101 for index in index_states(store)) == 3)
