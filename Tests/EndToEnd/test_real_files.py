"""Metadata of real files: the tree that Debian's packages installed on this machine, with names, types, sizes and dates of the
files and the words of their packages' descriptions.

    ROOST_REAL_FILES=50000 python -m pytest Tests/EndToEnd/test_real_files.py -s     prints the first page of each query
"""

import datetime
import http.client
import mimetypes
import multiprocessing
import os
import pathlib
import subprocess
import urllib.parse

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from search_client import SearchClient
from store import ACCESS_KEY, REGION, SECRET_KEY

COUNT = int(os.environ.get("ROOST_REAL_FILES", "3000"))
BUCKET = "debian"

# A query, and what every hit of its first page must show in key, type or metadata (in lower case).
QUERIES = [
    ("python", "python"),
    ("copyright", "copyright"),
    ("name:changelog*", "changelog"),
    ("ext:so", ".so"),
    ("ext:gz size:>10KB", ".gz"),
    ("type:text/plain", "text/plain"),
    ("type:image", "image/"),
    ("path:usr/share/doc/", "usr/share/doc/"),
    ("path:usr/bin/ perl", "perl"),
    ('"shared library"', "shared librar"),
    ("compression OR decompression", "compression"),
    ("compression library -python", "compression"),
    ("meta.package=libc6", "libc6"),
    ("tag.section=libs", "libs"),
    ("unicode data", "unicode"),
    ("pyton~1", "python"),
    ("certif*", "certif"),
    ("size:>1MB", ""),
    ("modified:>now-1d ext:py", ".py"),
    ("header files (ssl OR tls)", ""),
]


def packages() -> dict[str, dict[str, str]]:
    fields = ["Package", "Section", "Priority", "binary:Summary", "Description"]
    form = "".join(f"${{{field}}}\x1f" for field in fields) + "\x1e"
    text = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout
    rows = [row.split("\x1f") for row in text.split("\x1e") if row]
    return {row[0]: dict(zip(fields, row)) for row in rows}


def files(limit: int):
    """Evenly from all that packages have installed."""
    known = packages()
    paths = {}
    for listing in sorted(pathlib.Path("/var/lib/dpkg/info").glob("*.list")):
        about = known.get(listing.stem.split(":")[0])
        if about is not None:
            lines = [line for line in listing.read_text(errors="replace").splitlines() if line.isascii()]
            paths |= {line: about for line in lines if os.path.isfile(line) and not os.path.islink(line)}
    # Two packages may name one file.
    paths = list(paths.items())
    count = min(limit, len(paths))
    picked = [paths[number * len(paths) // count] for number in range(count)]
    chosen = [(line.lstrip("/"), os.stat(line), about) for line, about in picked]
    return chosen


def ascii_words(text: str, limit: int) -> str:
    return " ".join(text.encode("ascii", "ignore").decode().split())[:limit]


def upload(port: int, entries: list) -> int:
    """Zeros, as many as the file has bytes, 2 MB at most: it is about the metadata."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    credentials = Credentials(ACCESS_KEY, SECRET_KEY)
    for key, size, modified, about in entries:
        path = "/" + BUCKET + "/" + urllib.parse.quote(key)
        headers = {
            "content-type": mimetypes.guess_type(key)[0] or "application/octet-stream",
            "x-amz-meta-package": about["Package"],
            "x-amz-meta-summary": ascii_words(about["binary:Summary"], 200),
            "x-amz-meta-description": ascii_words(about["Description"], 900),
            "x-amz-meta-file-modified": modified,
            "x-amz-tagging": urllib.parse.urlencode({"section": about["Section"], "priority": about["Priority"]}),
        }
        body = b"\0" * min(size, 2_000_000)
        request = AWSRequest("PUT", f"http://127.0.0.1:{port}{path}", headers=headers, data=body)
        S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
        connection.request("PUT", path, body, dict(request.headers))
        response = connection.getresponse()
        assert response.status == 200, response.read()
        response.read()
    return len(entries)


@pytest.fixture(scope="module")
def client(request):
    from store import Store

    store = Store(6).start()
    store.client().create_bucket(Bucket=BUCKET)
    entries = [
        (key, stat.st_size, datetime.datetime.fromtimestamp(stat.st_mtime, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), about)
        for key, stat, about in files(COUNT)
    ]
    parts = [entries[number::4] for number in range(4)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        stored = sum(pool.starmap(upload, [(store.s3_port, part) for part in parts]))
    client = SearchClient(store, BUCKET)
    client.stored = stored
    client.configure({"meta.file-modified": "date"})
    yield client
    store.close()


def test_everything_is_found(client):
    result = client.search("", count="exact", limit=0, facets="ext:20,tag.section:50,type:50")
    assert result["count"] == {"value": client.stored, "relation": "eq"}
    assert client.stored >= COUNT // 2


@pytest.mark.parametrize(("query", "shown"), QUERIES)
def test_first_pages(client, query, shown):
    page = client.search(query, count="exact", limit=10, highlight="true")
    print(f"\n== {query}: {page['count']['value']} in {page['took_us'] / 1000:.1f} ms")
    for hit in page["hits"]:
        print(f"   {hit['score']:.3f}  {hit['size']:>9}  {hit['type']:<28} {hit['key']}")
        text = f"{hit['key']} {hit['type']} {hit['metadata']} {hit['tags']}".lower()
        assert shown in text
    if COUNT >= 50_000:
        assert page["hits"], "a sensible query of 50,000 files finds something"
