"""Roost's own operations, signed by botocore: `?search` and `?events`."""

import json

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib.parse import quote, urlencode

from store import ACCESS_KEY, REGION, SECRET_KEY


class SearchFailed(Exception):
    """An answer that is no 200: status and error, as the server wrote it."""

    def __init__(self, status: int, body: bytes):
        super().__init__(f"{status}: {body.decode(errors='replace')}")
        self.status = status
        self.body = body
        try:
            self.error = json.loads(body)["error"]
        except (ValueError, KeyError):
            self.error = {}


class SearchClient:
    """`bucket` stands for the client's own bucket, None for all."""

    def __init__(self, store, bucket: str, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY):
        self.store = store
        self.bucket = bucket
        self.credentials = Credentials(access_key, secret_key)
        self.pool = urllib3.PoolManager(retries=False, cert_reqs="CERT_NONE")

    def request(self, method: str, path: str, query: dict, body: bytes = b"", headers: dict | None = None, **options):
        url = f"{self.store.endpoint}{quote(path)}?{urlencode(query, quote_via=quote)}"
        request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
        S3SigV4Auth(self.credentials, "s3", REGION).add_auth(request)
        return self.pool.request(method, url, body=body, headers=dict(request.headers), **options)

    def call(self, method: str, path: str, query: dict, body: bytes = b"", headers: dict | None = None) -> bytes:
        response = self.request(method, path, query, body, headers)
        if response.status not in (200, 204):
            raise SearchFailed(response.status, response.data)
        return response.data

    def search(self, q: str = "", bucket: str | None = "", **parameters) -> dict:
        query = {"search": "", "q": q} | {name: str(value) for name, value in parameters.items()}
        return json.loads(self.call("GET", self.path(bucket), query))

    def path(self, bucket: str | None) -> str:
        return "/" if bucket is None else f"/{bucket or self.bucket}"

    def keys(self, q: str = "", bucket: str | None = "", **parameters) -> list[str]:
        return [hit["key"] for hit in self.search(q, bucket, **parameters)["hits"]]

    def pages(self, q: str = "", bucket: str | None = "", **parameters):
        cursor = None
        while True:
            page = self.search(q, bucket, **parameters, **({"cursor": cursor} if cursor else {}))
            yield page
            cursor = page.get("cursor")
            if cursor is None:
                return

    def configure(self, fields: dict[str, str], bucket: str = "", stemmer: str | None = None) -> None:
        document = {"fields": [{"name": name, "type": kind} for name, kind in fields.items()]}
        if stemmer:
            document["stemmer"] = stemmer
        self.call("PUT", self.path(bucket), {"search": ""}, json.dumps(document).encode())

    def events(self, bucket: str = "", **parameters) -> dict:
        query = {"events": ""} | {name: str(value) for name, value in parameters.items()}
        return json.loads(self.call("GET", self.path(bucket), query))
