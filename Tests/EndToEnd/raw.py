"""Requests that no client sends of its own accord: one socket, bytes as the test has them."""

import datetime
import hashlib
import hmac
import socket
import urllib.parse

from store import ACCESS_KEY, REGION, SECRET_KEY, Store


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self) -> str:
        """The code of an error document."""
        text = self.body.decode(errors="replace")
        return text.partition("<Code>")[2].partition("</Code>")[0]


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signature:
    """Signature Version 4 from the specification, independent of the server's and of botocore's."""

    def __init__(self, secret: str = SECRET_KEY, when: datetime.datetime | None = None, access: str = ACCESS_KEY):
        self.access = access
        moment = when or datetime.datetime.now(datetime.timezone.utc)
        self.timestamp = moment.strftime("%Y%m%dT%H%M%SZ")
        date = self.timestamp[:8]
        self.scope = f"{date}/{REGION}/s3/aws4_request"
        key = _mac(f"AWS4{secret}".encode(), date)
        for part in (REGION, "s3", "aws4_request"):
            key = _mac(key, part)
        self.key = key
        self.previous = ""

    def head(self, method: str, path: str, query: str, headers: dict[str, str], payload: str) -> dict[str, str]:
        """The headers with those of the signature; `path` and `query` canonical as given."""
        headers = {name.lower(): value for name, value in headers.items()}
        headers |= {"x-amz-date": self.timestamp, "x-amz-content-sha256": payload}
        names = sorted(name for name in headers if name == "host" or name.startswith("x-amz-"))
        canonical = "\n".join(
            [method, path, query, *(f"{name}:{headers[name]}" for name in names), "", ";".join(names), payload]
        )
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.timestamp}\n{self.scope}\n{hashed}"
        self.previous = _mac(self.key, text).hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access}/{self.scope},SignedHeaders={';'.join(names)},"
            f"Signature={self.previous}"
        )
        return headers

    def presigned(self, method: str, path: str, host: str, parameters: dict[str, str], seconds: int = 60) -> str:
        """The target of a request whose signature is in the query (sigv4-query-string-auth.html)."""
        named = parameters | {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{self.access}/{self.scope}",
            "X-Amz-Date": self.timestamp, "X-Amz-Expires": str(seconds), "X-Amz-SignedHeaders": "host",
        }  # fmt: skip
        query = "&".join(f"{name}={urllib.parse.quote(value, safe='-_.~')}" for name, value in sorted(named.items()))
        canonical = "\n".join([method, path, query, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        signature = _mac(self.key, f"AWS4-HMAC-SHA256\n{self.timestamp}\n{self.scope}\n{hashed}").hex()
        return f"{path}?{query}&X-Amz-Signature={signature}"

    def chunk(self, data: bytes) -> bytes:
        """A chunk with its signature (sigv4-streaming.html)."""
        empty = hashlib.sha256(b"").hexdigest()
        self.previous = _mac(
            self.key,
            f"AWS4-HMAC-SHA256-PAYLOAD\n{self.timestamp}\n{self.scope}\n{self.previous}\n{empty}\n"
            + hashlib.sha256(data).hexdigest(),
        ).hex()
        return f"{len(data):x};chunk-signature={self.previous}\r\n".encode() + data + (b"\r\n" if data else b"")

    def trailer(self, fields: str) -> bytes:
        """The trailer with its signature (sigv4-streaming-trailers.html); `fields` are `name:value` and a line feed."""
        self.previous = _mac(
            self.key,
            f"AWS4-HMAC-SHA256-TRAILER\n{self.timestamp}\n{self.scope}\n{self.previous}\n"
            + hashlib.sha256(fields.encode()).hexdigest(),
        ).hex()
        return fields.replace("\n", "\r\n").encode() + f"x-amz-trailer-signature:{self.previous}\r\n\r\n".encode()


def send(
    store: Store, method: str, target: str, headers: dict[str, str] | list[tuple[str, str]], body: bytes = b"",
    ends: bool = False,
) -> Answer:
    """One request on a connection of its own; the connection is closed by the server or at the end of the answer.
    With `ends` the client says after the body that nothing follows."""
    fields = headers.items() if isinstance(headers, dict) else headers
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
    with socket.create_connection(("127.0.0.1", store.s3_port), timeout=30) as connection:
        try:
            connection.sendall("\r\n".join(lines).encode() + body)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Answered before the body was read.
        return receive(connection, method)


def receive(connection: socket.socket, method: str) -> Answer:
    stream = connection.makefile("rb")
    while True:
        status_line = stream.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        status = int(status_line.split()[1])
        headers = {}
        while (line := stream.readline().rstrip(b"\r\n")):
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.decode().strip()
        if status >= 200:
            break
    length = 0 if method == "HEAD" or status in (204, 304) else int(headers.get("content-length", 0))
    return Answer(status, headers, stream.read(length))


def signed(store: Store, method: str, path: str, query: str = "", body: bytes = b"", **extra: str) -> Answer:
    """A request with a signed payload. Names of `extra` have underscores for dashes."""
    headers = {"host": f"127.0.0.1:{store.s3_port}", "connection": "close"}
    headers |= {name.replace("_", "-"): value for name, value in extra.items()}
    if body or method in ("PUT", "POST"):
        headers["content-length"] = str(len(body))
    headers = Signature().head(method, path, query, headers, hashlib.sha256(body).hexdigest())
    return send(store, method, path + ("?" + query if query else ""), headers, body)
