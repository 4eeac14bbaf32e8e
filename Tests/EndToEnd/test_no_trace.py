"""Hundreds of malformed and unusual requests, raw over a socket: each gets the status and code that AWS documents, and
none leaves a trace in the store, in memory, among the connections or on the drives."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import socket
import zlib

import botocore.session
import pytest

import tables
from content import content
from raw import Answer, Signature, receive, send
from store import ACCESS_KEY, SECRET_KEY, wait_for
from tables import Row
from test_uploads import fragments
from world import World, complaint


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.store.close()


@pytest.fixture
def untouched(world):
    """What the store holds and what it has in hand are the same before and after."""
    before = world.state()
    yield
    assert world.state() == before
    world.comes_to_rest()


def grouped(rows: list[list[Row]]) -> list:
    return [pytest.param(group, id=group[0].reference[:50]) for group in rows if group]


def complaints(rows: list[Row], send) -> list[str]:
    found = [complaint(row, send(row)) for row in rows]
    return [text for text in found if text]


# Whole requests


@pytest.mark.parametrize("rows", grouped(tables.groups("requests.json") + tables.groups("documents.json")))
def test_malformed_and_unusual(world, untouched, rows):
    assert complaints(rows, world.send) == []


@pytest.mark.parametrize("rows", grouped(tables.groups(tables.HERE / "refusals.json")))
def test_refused_for_what_the_store_holds(world, untouched, rows):
    assert complaints(rows, world.send) == []


def test_the_tables_agree_with_botocores_model():
    """Where botocore's model of S3 names a code it names its status too (service-2.json, shape Error, member Code)."""
    shape = botocore.session.get_session().get_service_model("s3").shape_for("Error").members["Code"]
    found = re.findall(r"<i>Code:</i> (\w+)</p>.*?<i>HTTP Status Code:</i> (\d+)", shape.documentation, re.S)
    statuses = {code: status for code, status in found if len(code) > 2}
    assert len(statuses) > 60
    names = ["requests.json", "documents.json", "framing.json", "authentication.json", tables.HERE / "refusals.json"]
    rows = [row for name in names for group in tables.groups(name) for row in group if " " in row.answer]
    known = [row for row in rows if row.answer.split()[1] in statuses and not row.answer.startswith("200")]
    assert len(known) > 350
    assert [str(row) for row in known if row.answer.split()[0] != statuses[row.answer.split()[1]]] == []


# Signatures


def changed(change: list[str], target: str, fields: list[tuple[str, str]], words: dict[str, str]):
    """One operation of authentication.json."""
    for name, value in words.items():
        change = [text.replace(name, value) for text in change]
    operation, name, *arguments = change
    value = target if name == "target" else next((value for key, value in fields if key == name), "")
    if operation in ("add", "double"):
        return target, [*fields, (name, arguments[0] if arguments else value)]
    if operation == "remove":
        return target, [field for field in fields if field[0] != name]
    new = {
        "set": lambda: arguments[0], "replace": lambda: value.replace(*arguments), "append": lambda: value + arguments[0],
        "dropLast": lambda: value[: -int(arguments[0])], "turnLast": lambda: value[:-1] + "10"[value[-1] != "0" :][0],
    }[operation]()  # fmt: skip
    if name == "target":
        return new, fields
    return target, [field for field in fields if field[0] != name] + [(name, new)]


def presigned(world) -> str:
    s3 = world.store.client(signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"}, ExpiresIn=60)
    return url.removeprefix(world.store.endpoint)


@pytest.mark.parametrize("number", [0, 1])
def test_signatures(world, untouched, number):
    host = {"host": f"127.0.0.1:{world.store.s3_port}"}

    def send_changed(row: Row) -> Answer:
        signature = Signature()
        if number == 0:
            method, target = "PUT", "/bucket/key"
            headers = signature.head(method, target, "", host | {"x-amz-meta-a": "1"}, hashlib.sha256(b"").hexdigest())
            fields = [*headers.items(), ("content-length", "0")]
        else:
            method, target, fields = "GET", presigned(world), [*host.items()]
            signature.timestamp = target.partition("X-Amz-Date=")[2][:16]
        words = {"{accessKey}": ACCESS_KEY, "{timestamp}": signature.timestamp, "{date}": signature.timestamp[:8]}
        for change in row.changes:
            target, fields = changed(change, target, fields, words)
        return send(world.store, method, target, [*fields, ("connection", "close")])

    assert complaints(tables.groups("authentication.json")[number], send_changed) == []


# Payload framing


def put(world, path: str, payload: str, signature: Signature, body, ends: bool = False, **headers: str) -> Answer:
    """`body`: bytes, or what makes them once the head is signed."""
    fields = {"host": f"127.0.0.1:{world.store.s3_port}", "connection": "close"}
    if isinstance(body, bytes):
        fields["content-length"] = str(len(body))
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = path.partition("?")
    fields = signature.head("PUT", path, query, fields, payload)
    body = body() if callable(body) else body
    return send(world.store, "PUT", path + ("?" + query if query else ""), fields, body, ends)


@pytest.mark.parametrize("path", ["/bucket/framed", "/bucket/open?partNumber=1&uploadId=<open>"])
@pytest.mark.parametrize("rows", grouped(tables.groups("framing.json")))
def test_framing(world, untouched, rows, path):
    def send_framed(row: Row) -> Answer:
        return put(
            world, world.fill_in(path), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", Signature(),
            tables.expand(row.document).encode(), x_amz_decoded_content_length="5", x_amz_trailer="x-amz-checksum-crc32",
        )  # fmt: skip

    rows = [row for row in rows if "checksum" not in row.reference or path.startswith("/bucket/framed")]
    assert complaints(rows, send_framed) == []


STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
DATA = content(7, 200_000)
CRC = base64.b64encode(zlib.crc32(DATA).to_bytes(4, "big")).decode()
NO_SIGNATURE = b";chunk-signature=" + b"0" * 64


def chunks(signature: Signature, *sizes: int, data: bytes = DATA, ends: bool = True) -> bytes:
    sent, place = b"", 0
    for size in sizes:
        sent += signature.chunk(data[place : place + size])
        place += size
    return sent + (signature.chunk(b"") if ends else b"")


def broken(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


SIGNED = [
    ("a changed byte in the first chunk", "403 SignatureDoesNotMatch", lambda s: broken(chunks(s, 100_000, 100_000), 50_000) + b"\r\n"),
    ("a changed byte in the last chunk", "403 SignatureDoesNotMatch", lambda s: broken(chunks(s, 100_000, 100_000), 150_000) + b"\r\n"),
    ("two chunks in the wrong order", "403 SignatureDoesNotMatch", lambda s: (lambda a, b: b + a)(s.chunk(DATA[:100_000]), s.chunk(DATA[100_000:])) + s.chunk(b"") + b"\r\n"),
    ("a chunk twice", "403 SignatureDoesNotMatch", lambda s: s.chunk(DATA[:100_000]) * 2 + s.chunk(b"") + b"\r\n"),
    ("a signature of zeros", "403 SignatureDoesNotMatch", lambda s: b"30d40" + NO_SIGNATURE + b"\r\n" + DATA + b"\r\n" + s.chunk(b"") + b"\r\n"),
    ("the signature of the last chunk is another", "403 SignatureDoesNotMatch", lambda s: chunks(s, 200_000, ends=False) + b"0" + NO_SIGNATURE + b"\r\n\r\n"),
    ("the last chunk is missing", "400 IncompleteBody", lambda s: chunks(s, 100_000, 100_000, ends=False)),
    ("half of it is missing", "400 IncompleteBody", lambda s: chunks(s, 100_000, ends=False)),
    ("more than was announced", "400 IncompleteBody", lambda s: chunks(s, 100_000, 100_000, 1, data=DATA + b"x") + b"\r\n"),
    ("a small chunk that is not the last", "403 InvalidChunkSizeError", lambda s: chunks(s, 100, 199_900) + b"\r\n"),
    ("chunks without signatures", "400 IncompleteBody", lambda s: b"30d40\r\n" + DATA + b"\r\n0\r\n\r\n"),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/bucket/framed", "/bucket/key", "/bucket/open?partNumber=1&uploadId=<open>"])
def test_signed_chunks(world, untouched, path):
    """sigv4-streaming.html; ErrorResponses.html: SignatureDoesNotMatch, IncompleteBody, InvalidChunkSizeError."""
    found = []
    for name, answer, make in SIGNED:
        length = len(make(Signature()))
        signature = Signature()
        sent = put(world, world.fill_in(path), STREAMING, signature, lambda: make(signature),
                   content_length=str(length), x_amz_decoded_content_length="200000")  # fmt: skip
        found.append(complaint(Row(answer, "sigv4-streaming.html", name=name), sent))
    assert [text for text in found if text] == []


TRAILERS = [
    ("another checksum", "400 BadDigest", lambda s: s.trailer("x-amz-checksum-crc32:AAAAAA==\n")),
    ("no checksum", "400 MalformedTrailerError", lambda s: s.trailer("")),
    ("the wrong field", "400 MalformedTrailerError", lambda s: s.trailer("x-amz-checksum-sha1:2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n")),
    ("another signature", "403 SignatureDoesNotMatch", lambda s: b"x-amz-checksum-crc32:" + CRC.encode() + b"\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n"),
    ("no signature", "400 MalformedTrailerError", lambda s: b"x-amz-checksum-crc32:" + CRC.encode() + b"\r\n\r\n"),
    ("nothing at all", "400 IncompleteBody", lambda s: b""),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/bucket/framed", "/bucket/key"])
def test_signed_trailers(world, untouched, path):
    """sigv4-streaming-trailers.html; ErrorResponses.html: MalformedTrailerError, BadDigest."""
    found = []
    for name, answer, make in TRAILERS:
        def body(signature: Signature) -> bytes:
            return chunks(signature, 65_536, 134_464) + make(signature)

        length = len(body(Signature()))
        signature = Signature()
        sent = put(world, path, STREAMING + "-TRAILER", signature, lambda: body(signature), content_length=str(length),
                   x_amz_decoded_content_length="200000", x_amz_trailer="x-amz-checksum-crc32")  # fmt: skip
        found.append(complaint(Row(answer, "sigv4-streaming-trailers.html", name=name), sent))
    assert [text for text in found if text] == []


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", hashlib.sha256(DATA).hexdigest()])
@pytest.mark.parametrize("path", ["/bucket/key", "/bucket/open?partNumber=1&uploadId=<open>"])
@pytest.mark.parametrize("sent", [0, 1, 10_000, 199_999])
def test_bodies_that_end_early(world, untouched, path, payload, sent):
    """ErrorResponses.html: IncompleteBody, "You did not provide the number of bytes specified by the Content-Length"."""
    answer = put(world, world.fill_in(path), payload, Signature(), lambda: DATA[:sent], ends=True, content_length="200000")
    assert (answer.status, answer.code) == (400, "IncompleteBody")


@pytest.mark.parametrize("sent", [0, 10_000, 199_999])
def test_clients_that_hang_up(world, untouched, sent):
    headers = {"host": f"127.0.0.1:{world.store.s3_port}", "content-length": "200000"}
    headers = Signature().head("PUT", "/bucket/key", "", headers, "UNSIGNED-PAYLOAD")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", world.store.s3_port), timeout=30) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(f"PUT /bucket/key HTTP/1.1\r\n{head}\r\n".encode() + DATA[:sent])


# Forms


def form(world, fields: dict[str, str], data: bytes | None, secret: str = SECRET_KEY, conditions: list | None = None,
         expires: int = 60, ending: str = "\r\n--limit--\r\n") -> Answer:  # fmt: skip
    """A form as RESTObjectPOST.html has it; of `fields` the policy allows what `conditions` says, or all."""
    signature = Signature(secret)
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=expires)
    fields = fields | {
        "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": f"{ACCESS_KEY}/{signature.scope}",
        "x-amz-date": signature.timestamp,
    }  # fmt: skip
    allowed = [{name: value} for name, value in fields.items()] if conditions is None else conditions
    policy = {"expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": [{"bucket": "bucket"}, *allowed]}
    fields["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
    fields["x-amz-signature"] = hmac.new(signature.key, fields["policy"].encode(), hashlib.sha256).hexdigest()
    parts = [f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    body = "".join(parts).encode()
    if data is not None:
        body += b'--limit\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + data
    body += ending.encode()
    headers = {
        "host": f"127.0.0.1:{world.store.s3_port}", "connection": "close", "content-length": str(len(body)),
        "content-type": "multipart/form-data; boundary=limit",
    }  # fmt: skip
    return send(world.store, "POST", "/bucket", headers, body)


def test_forms(world, untouched):
    """RESTObjectPOST.html, sigv4-HTTPPOSTConstructPolicy.html; ErrorResponses.html."""
    key = {"key": "from-a-form"}
    cases = [
        ("it has expired", "403 AccessDenied", lambda: form(world, key, DATA, expires=-1)),
        ("another secret", "403 SignatureDoesNotMatch", lambda: form(world, key, DATA, "another secret")),
        ("a field that the policy does not name", "403 AccessDenied", lambda: form(world, key | {"acl": "private"}, DATA, conditions=[key])),
        ("another key than the policy's", "403 AccessDenied", lambda: form(world, key, DATA, conditions=[["eq", "$key", "x"]])),
        ("too large", "400 EntityTooLarge", lambda: form(world, key, DATA, conditions=[key, ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""], ["content-length-range", 0, 199_999]])),
        ("too small", "400 EntityTooSmall", lambda: form(world, key, DATA, conditions=[key, ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""], ["content-length-range", 200_001, 300_000]])),
        ("no key", "400 UserKeyMustBeSpecified", lambda: form(world, {}, DATA)),
        ("no file", "400 IncorrectNumberOfFilesInPostRequest", lambda: form(world, key, None, ending="--limit--\r\n")),
        ("it does not end", "400 IncompleteBody", lambda: form(world, key, DATA, ending="")),
    ]  # fmt: skip
    found = [complaint(Row(answer, "RESTObjectPOST.html", name=name), run()) for name, answer, run in cases]
    assert [text for text in found if text] == []


# What is no request at all


HOST = b"Host: a\r\n"
RAW = [
    ("RFC 9112 section 3: two spaces", b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("RFC 9112 section 3: no version", b"GET /\r\n\r\n", 400),
    ("RFC 9112 section 2.2: line feed alone", b"GET / HTTP/1.1\n" + HOST + b"\r\n", 400),
    ("RFC 9110 section 9.1: no token", b"GE(T / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("RFC 9112 section 3: method too long", b"G" * 33 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    ("RFC 9110 section 9.3.6: CONNECT", b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    ("RFC 9110 section 15.6.6: version", b"GET / HTTP/3.0\r\n" + HOST + b"\r\n", 505),
    ("RFC 9112 section 3.2: relative target", b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("RFC 9112 section 3.2: NUL in the target", b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("RFC 9112 section 3.2: no Host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("RFC 9112 section 3.2: two Hosts", b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n", 400),
    ("RFC 9112 section 5.1: space before the colon", b"GET / HTTP/1.1\r\n" + HOST + b"a : b\r\n\r\n", 400),
    ("RFC 9112 section 5.2: folded field", b"GET / HTTP/1.1\r\n" + HOST + b"a: b\r\n c\r\n\r\n", 400),
    ("RFC 9110 section 5.5: NUL in a value", b"GET / HTTP/1.1\r\n" + HOST + b"a: \0\r\n\r\n", 400),
    ("RFC 9112 section 6.3: no number", b"PUT /bucket/key HTTP/1.1\r\n" + HOST + b"Content-Length: 5x\r\n\r\n", 400),
    ("RFC 9112 section 6.3: too many digits", b"PUT /bucket/key HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
    ("RFC 9112 section 6.3: two lengths", b"PUT /bucket/key HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    ("RFC 9112 section 6.1: length and chunks", b"PUT /bucket/key HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("RFC 9112 section 6.1: unknown coding", b"PUT /bucket/key HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: zip\r\n\r\n", 501),
    ("RFC 9110 section 10.1.1: expectation", b"PUT /bucket/key HTTP/1.1\r\n" + HOST + b"Expect: a miracle\r\n\r\n", 417),
    ("RFC 6585 section 5: too many fields", b"GET / HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 500 + b"\r\n", 431),
    ("RFC 6585 section 5: a field too large", b"GET / HTTP/1.1\r\n" + HOST + b"a: " + b"b" * 100_000 + b"\r\n\r\n", 431),
    ("RFC 9110 section 15.5.15: target too long", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
]  # fmt: skip


def test_what_is_no_request(world, untouched):
    found = []
    for rule, text, status in RAW:
        with socket.create_connection(("127.0.0.1", world.store.s3_port), timeout=30) as connection:
            connection.sendall(text)
            answer = receive(connection, "GET")
            assert connection.recv(1) == b"", f"{rule}: the connection stays open"
        if answer.status != status:
            found.append(f"{rule}: {answer.status}")
    assert found == []


# All of it again


def test_nothing_piles_up(world, untouched):
    """The rows again and again: memory and sockets stay where they are after the first round."""
    every = [row for name in ("requests.json", "documents.json", tables.HERE / "refusals.json")
             for group in tables.groups(name) for row in group]  # fmt: skip
    assert len(every) >= 250
    before = world.process()
    for _ in range(3):
        assert complaints(every, world.send) == []
    world.comes_to_rest()
    after = world.process()
    wait_for(lambda: world.process()["sockets"] <= before["sockets"], 10, "closed sockets")
    assert after["resident"] - before["resident"] < 32 << 20, (before, after)


def test_nothing_is_left_on_the_drives(world):
    """Refused uploads had fragments on the drives before they were refused. The last test of this file: it stops the
    store."""
    world.store.stop()
    assert fragments(world.store)[1] == world.fragments
